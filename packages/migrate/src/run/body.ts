import type { DialectName, Writer } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import type { MigrationContext } from '../migration/define.ts'
import type { MigrationBody } from '../migration/load.ts'
import { framedPlace } from '../sql/place.ts'

export interface BodyOptions {
  readonly writer: Writer
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
    await body.run({
      db: await writer.kysely(),
      dialect: options.dialect,
      signal,
      present: options.present,
      progress: (done, total = null, note) => onProgress(done, total, note ?? null),
    })
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

function withPlace(thrown: unknown, path: string, source: string): unknown {
  if (!(thrown instanceof MigrateError) || thrown.offset === undefined) return thrown
  const { code, message, hint, cause, offset } = thrown
  const at = { file: path, ...framedPlace(source, offset) }
  return new MigrateError(code, { message, hint, at, cause })
}
