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
  for (const [index, statement] of statements.entries()) {
    signal.throwIfAborted()
    try {
      await writer.query(statement.text)
    } catch (thrown) {
      throw withPlace(thrown, path, source, statement.offset)
    }
    if (statements.length > 1) onProgress(index + 1, statements.length, null)
  }
}

function withPlace(thrown: unknown, path: string, source: string, start: number): unknown {
  if (!(thrown instanceof MigrateError)) return thrown
  const offset = start + (thrown.offset ?? 0)
  return new MigrateError(thrown.code, {
    message: thrown.message,
    hint: thrown.hint,
    at: { file: path, ...framedPlace(source, offset) },
    cause: thrown.cause,
  })
}
