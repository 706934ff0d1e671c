import { MigrateError } from '../../../errors.ts'
import type { Connection } from '../connection.ts'
import { send } from '../session.ts'
import { carrySettings, isFreezing } from './carry.ts'
import { endWith } from './content.ts'
import { setComment, setMark } from './marks.ts'
import type { Places, Previous } from './places.ts'
import type { Setting } from './properties.ts'

/** Milliseconds that a rename is tried at least. */
const SHORTEST = 1000

/**
 * Both renames in one transaction. The first takes the live database's lock, which keeps new connections out, and
 * then waits up to 5 s for those that there are to go. Whoever dies meanwhile has done neither. Says which of the
 * settings that come with the name were refused.
 */
export async function rename(
  connection: Connection,
  { live, name, properties }: Places,
  previous: Previous | null,
  waitMs: number,
  signal: AbortSignal,
): Promise<Setting[]> {
  const { client } = connection
  const quoted = (database: string) => client.escapeIdentifier(database)
  const run = (statement: string) => send(connection, statement)
  const stop = endWith(connection, signal)
  let refused: Setting[] = []
  try {
    await run('BEGIN')
    await run(`SET LOCAL statement_timeout = ${Math.ceil(Math.max(SHORTEST, waitMs))}`)
    // in any case, since after it the old one is gone from its place
    await run('SET LOCAL synchronous_commit = on')
    const settings = properties?.settings.filter(isFreezing) ?? []
    refused = await carrySettings(connection, name, settings)
    if (previous) {
      await run(`ALTER DATABASE ${quoted(live)} RENAME TO ${quoted(previous.name)}`)
      const at = new Date().toISOString()
      const comment = properties?.comment ?? null
      await setMark(connection, previous.name, { kind: 'previous', of: live, at, comment })
    }
    await run(`ALTER DATABASE ${quoted(name)} RENAME TO ${quoted(live)}`)
    await setComment(connection, live, properties?.comment ?? null)
    if (properties) {
      await run(`ALTER DATABASE ${quoted(live)} CONNECTION LIMIT ${properties.connectionLimit}`)
      if (properties.row.datistemplate) await run(`ALTER DATABASE ${quoted(live)} IS_TEMPLATE true`)
    }
  } catch (error) {
    if (!connection.lost) await run('ROLLBACK')
    throw error
  } finally {
    stop()
  }
  if (signal.aborted) throw new MigrateError('INTERRUPTED')
  await run('COMMIT')
  return refused
}
