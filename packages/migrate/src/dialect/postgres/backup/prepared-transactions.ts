import { MigrateError } from '../../../errors.ts'
import type { Connection } from '../connection.ts'
import { send } from '../session.ts'

/**
 * Throws DATABASE_BUSY where transactions of a database are prepared (PREPARE TRANSACTION): they belong to no session,
 * and while they last it can be neither renamed nor dropped.
 */
export async function assertNothingPrepared(
  connection: Connection,
  database: string,
): Promise<void> {
  const { rows } = await send<{ gid: string; owner: string }>(connection, PREPARED, [database])
  if (rows.length === 0) return
  const ways = rows.map(({ gid }) => {
    const quoted = connection.client.escapeLiteral(gid)
    return `ROLLBACK PREPARED ${quoted}; or COMMIT PREPARED ${quoted};`
  })
  throw new MigrateError('DATABASE_BUSY', {
    message: `The database ${database} has a prepared transaction that was not ended: ${rows
      .map(({ gid, owner }) => `${gid} of ${owner}`)
      .join(', ')}. It is as it was.`,
    hint: `Decide, in ${database}: ${ways.join(' ')}`,
  })
}

const PREPARED = `
SELECT gid, owner FROM pg_prepared_xacts WHERE database = $1 ORDER BY prepared, gid`
