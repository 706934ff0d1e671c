import { MigrateError } from '@fossawork/migrate'
import { printable } from './printable.ts'

const SHOWN = 3

/** The error for a directory in which something else is at work; names the first few paths. */
export function changed(paths: readonly string[]): MigrateError {
  const named = paths.slice(0, SHOWN).map(printable).join(', ')
  const rest = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : ''
  return new MigrateError('IMPORT_SOURCE_CHANGED', {
    message: `V1's data directory changed while it was read: ${named}${rest}.`,
    hint: 'Stop V1, then run the import again.',
  })
}

/** What the operating system said, as an error that names the path. */
export function explain(cause: unknown, path: string): unknown {
  const { code, path: at } = cause as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') {
    return new MigrateError('PERMISSION_DENIED', {
      message: `${printable(String(at ?? path))} cannot be read: the user who runs this may not.`,
      hint: 'Run the import as a user who may read all of the directory, or grant it the right.',
      cause,
    })
  }
  // It was there when the directory was listed: it has been removed, or a link or a file stands in its place.
  if (code !== undefined && GONE.has(code)) return changed([at ?? path])
  return cause
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO'])
