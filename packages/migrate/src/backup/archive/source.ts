import type { Readable } from 'node:stream'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'

/**
 * What is to be archived, whose errors are told from those of the disk that it is written to: MigrateErrors come
 * through, others as PERMISSION_DENIED or BACKUP_FAILED that name the source.
 */
export async function* fromSource(open: () => Readable): AsyncGenerator<Buffer> {
  try {
    yield* open() as AsyncIterable<Buffer>
  } catch (cause) {
    throw sourceError(cause)
  }
}

function sourceError(cause: unknown): MigrateError {
  if (cause instanceof MigrateError) return cause
  const isDenied = ['EACCES', 'EPERM'].includes(errno(cause) ?? '')
  const said = cause instanceof Error ? cause.message : String(cause)
  return new MigrateError(isDenied ? 'PERMISSION_DENIED' : 'BACKUP_FAILED', {
    message: `No archive was made: what is to be archived cannot be read: ${said}.`,
    hint: isDenied
      ? 'Give this user the right to read it, then run it again.'
      : 'Mend what is named, then run it again.',
    cause,
  })
}
