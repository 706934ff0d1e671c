import { extname } from 'node:path'

/** What an import that failed says of the file, and what to do. */
export interface ModuleProblem {
  /** Whether the file itself does not parse; otherwise it could not be linked or threw. */
  readonly syntax: boolean
  readonly why: string
  readonly hint: string
}

/** Explains why a module of the user's could not be imported. */
export function explainImport(path: string, cause: unknown): ModuleProblem {
  const why = cause instanceof Error ? cause.message.trim() : String(cause)
  // linking fails with a SyntaxError as well, and there the file itself may be sound
  const syntax = cause instanceof SyntaxError && !why.startsWith('The requested module')
  if (syntax && /^Unexpected token 'export'|^Cannot use import statement/.test(why)) {
    const extension = extname(path)
    return {
      syntax,
      why: `Node takes it for CommonJS, since the nearest package.json says "type": "commonjs"`,
      hint: `Set "type": "module" there, or name the file ${extension.replace('.', '.m')}.`,
    }
  }
  return { syntax, why, hint: `Correct the file; \`node ${path}\` shows the place.` }
}
