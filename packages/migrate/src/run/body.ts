import type { DialectName } from '../dialect/port.ts'
import type { Writer } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { MigrationContext, MigrationFunction } from '../migration/define.ts'
import type { MigrationBody } from '../migration/load.ts'
import { framedPlace } from '../sql/place.ts'

export interface BodyOptions {
  readonly writer: Pick<Writer, 'kysely' | 'runScript'>
  readonly dialect: DialectName
  readonly signal: AbortSignal
  readonly present: MigrationContext['present']
  readonly onProgress: (done: number, total: number | null, note: string | null) => void
}

/** Runs one direction of a migration on the step's connection. A statement's error gets its place in the file. */
export async function runBody(
  body: MigrationBody,
  path: string,
  options: BodyOptions,
): Promise<void> {
  const { writer, signal, onProgress } = options
  if (body.kind === 'function') {
    await runProgram(body.run, options)
    return
  }
  const { statements, source } = body
  try {
    await writer.runScript(statements, (index) => {
      signal.throwIfAborted()
      if (statements.length > 1) onProgress(index + 1, statements.length, null)
    })
  } catch (thrown) {
    throw withPlace(thrown, path, source)
  }
}

async function runProgram(run: MigrationFunction, options: BodyOptions): Promise<void> {
  const { writer, dialect, signal, present, onProgress } = options
  const lease = await writer.kysely()
  try {
    await untilAborted(signal, async () =>
      run({
        db: lease.db,
        dialect,
        signal,
        present,
        progress: (done, total = null, note) => onProgress(done, total, note ?? null),
      }),
    )
  } catch (thrown) {
    await lease.end().catch(() => {}) // the first failure is the one to tell
    throw thrown
  }
  await lease.end()
}

/** A program may wait for something that knows nothing of the signal: an interruption does not wait for it. */
async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  try {
    await Promise.race([work(), aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}

function withPlace(thrown: unknown, path: string, source: string): unknown {
  if (!(thrown instanceof MigrateError) || thrown.offset === undefined) return thrown
  const { code, message, hint, cause, offset } = thrown
  const at = { file: path, ...framedPlace(source, offset) }
  return new MigrateError(code, { message, hint, at, cause })
}
