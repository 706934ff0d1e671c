import type { Connection, PostgresTarget } from '../connection.ts'
import { send } from '../session.ts'
import { assertNothingPrepared } from './prepared-transactions.ts'
import { detachSubscriptions, subscriptionsOf } from './subscriptions.ts'

/**
 * Drops a database of ours, if it is there: ends whatever is connected to it, and takes what the server would not let
 * go with it. Throws DATABASE_BUSY, PERMISSION_DENIED.
 */
export async function dropDatabase(
  connection: Connection,
  target: PostgresTarget,
  name: string,
): Promise<void> {
  const { rows } = await send<{ oid: number; isTemplate: boolean }>(
    connection,
    'SELECT oid, datistemplate AS "isTemplate" FROM pg_database WHERE datname = $1',
    [name],
  )
  const found = rows[0]
  if (!found) return
  await assertNothingPrepared(connection, name)
  await detachSubscriptions(target, name, await subscriptionsOf(connection, found.oid))
  const quoted = connection.client.escapeIdentifier(name)
  if (found.isTemplate) await send(connection, `ALTER DATABASE ${quoted} IS_TEMPLATE false`)
  await send(connection, `DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`)
}
