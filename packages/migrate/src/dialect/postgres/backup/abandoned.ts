import { type Connection, connect, type PostgresTarget } from '../connection.ts'
import { nameWith, onDatabase } from '../databases.ts'
import { RELATIONS, USERS_SCHEMA } from '../relations.ts'
import { send } from '../session.ts'
import { dropDatabase } from './drop-database.ts'
import { markedDatabases } from './marks.ts'
import { OWNER_LIVES, RESTORING } from './sign-of-life.ts'

/** What killed restores of a live database left beside it. Those whose process lives are none. */
export async function abandonedDatabases(
  connection: Connection,
  target: PostgresTarget,
  live: string,
): Promise<string[]> {
  const unmarked: string[] = []
  for (const name of await ownerless(connection, NEVER_MARKED)) {
    if (name !== nameWith(live, name.slice(-SUFFIX))) continue
    if (await isEmpty(onDatabase(target, name))) unmarked.push(name)
  }
  const marked = await markedDatabases(connection, 'restoring', live)
  const dead = new Set(await ownerless(connection, 'true'))
  return [...marked.filter((name) => dead.has(name)), ...unmarked]
}

/** Drops them. One that cannot be dropped stays; it must keep nobody from restoring. */
export async function dropAbandoned(
  connection: Connection,
  target: PostgresTarget,
  live: string,
): Promise<void> {
  for (const name of await abandonedDatabases(connection, target, live)) {
    await dropDatabase(connection, target, name).catch((error: unknown) => {
      if (connection.lost) throw error
    })
  }
}

async function ownerless(connection: Connection, condition: string): Promise<string[]> {
  const { rows } = await send<{ name: string }>(
    connection,
    `SELECT datname AS name FROM pg_database
    WHERE datname ~ '${RESTORING}' AND ${condition} AND NOT ${OWNER_LIVES}`,
  )
  return rows.map(({ name }) => name)
}

/** The process died before it had said whose they are: it was only about to put something into them. */
const NEVER_MARKED = "shobj_description(oid, 'pg_database') IS NULL"

const SUFFIX = '_restoring_0123456789abcdef'.length

/** One that cannot be looked into is not ours. */
async function isEmpty(target: PostgresTarget): Promise<boolean> {
  const connection = await connect(target, 'migrate-restore').catch(() => null)
  if (!connection) return false
  try {
    const { rows } = await send(
      connection,
      `SELECT FROM ${RELATIONS} WHERE ${USERS_SCHEMA} LIMIT 1`,
    )
    return rows.length === 0
  } finally {
    await connection.close()
  }
}
