import { type Connection, connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { onDatabase } from '../databases.ts'
import { send } from '../session.ts'

/** A subscription of logical replication: it belongs to a database, which goes only after it. */
export interface Subscription {
  readonly name: string
  readonly enabled: boolean
  /** The slot at the publisher that it consumes. */
  readonly slot: string | null
}

/** Those of a database, seen from any other one. */
export async function subscriptionsOf(
  connection: Connection,
  oid: number,
): Promise<Subscription[]> {
  return (await send<Subscription>(connection, SUBSCRIPTIONS, [oid])).rows
}

// the columns that everybody may read
const SUBSCRIPTIONS = `
SELECT subname AS name, subenabled AS enabled, subslotname AS slot
FROM pg_subscription WHERE subdbid = $1 ORDER BY subname`

/** Stops them, so that what was replaced does not go on consuming a slot. Throws PERMISSION_DENIED. */
export const disableSubscriptions = (
  target: PostgresTarget,
  database: string,
  subscriptions: readonly Subscription[],
): Promise<void> =>
  alter(target, database, subscriptions, (name) => [`ALTER SUBSCRIPTION ${name} DISABLE`])

/** Drops them without a word to their publishers: the slots there may serve the database that took the place. */
export const detachSubscriptions = (
  target: PostgresTarget,
  database: string,
  subscriptions: readonly Subscription[],
): Promise<void> =>
  alter(target, database, subscriptions, (name) => [
    `ALTER SUBSCRIPTION ${name} DISABLE`,
    `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`,
    `DROP SUBSCRIPTION ${name}`,
  ])

/** From within their database, which is the only way. */
async function alter(
  target: PostgresTarget,
  database: string,
  subscriptions: readonly Subscription[],
  statements: (name: string) => readonly string[],
): Promise<void> {
  if (subscriptions.length === 0) return
  const connection = await connect(onDatabase(target, database), 'migrate-restore', [
    ['default_transaction_read_only', 'off'],
    ...UNLIMITED,
  ])
  try {
    for (const { name } of subscriptions) {
      for (const statement of statements(connection.client.escapeIdentifier(name))) {
        await send(connection, statement)
      }
    }
  } finally {
    await connection.close().catch(() => {})
  }
}
