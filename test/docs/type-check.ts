import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Chapter } from './blocks.ts'
import { root } from './scenario.ts'

/** Type-checks every ts block of these chapters in one run of tsc; returns what it says. */
export function typeCheck(chapters: readonly Chapter[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'fossawork-docs-types-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
        include: ['**/*.ts'],
      }),
    )
    for (const [index, { document, blocks }] of chapters.entries()) {
      for (const { kind, text, line, file } of blocks) {
        if (kind !== 'ts') continue
        // where the file says it came from is all that a reader of the error has
        const path = join(folder, `${document}-${index}`, file ?? `line-${line}.ts`)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
      }
    }
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout, status } = spawnSync(tsc, ['--project', folder], {
      cwd: folder,
      encoding: 'utf8',
    })
    return status === 0 ? '' : stdout || 'tsc could not be run'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
