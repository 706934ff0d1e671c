import { type Connection, connect, type PostgresTarget } from '../connection.ts'
import { dropDatabase, nameWith, onDatabase } from '../databases.ts'
import { RELATIONS, USERS_SCHEMA } from '../relations.ts'
import { send } from '../session.ts'
import { markedDatabases } from './marks.ts'

/** Drops what killed restores of a live database left beside it. The caller holds the run lock. */
export async function dropAbandoned(
  connection: Connection,
  target: PostgresTarget,
  live: string,
): Promise<void> {
  const unmarked: string[] = []
  for (const name of await neverMarked(connection, live)) {
    if (await isEmpty(onDatabase(target, name))) unmarked.push(name)
  }
  for (const name of [...(await markedDatabases(connection, 'restoring', live)), ...unmarked]) {
    await dropDatabase(connection, name)
  }
}

/** The process died before it had said whose they are: it was only about to put something into them. */
async function neverMarked(connection: Connection, live: string): Promise<string[]> {
  const { rows } = await send<{ name: string; suffix: string }>(connection, NEVER_MARKED)
  return rows.map((row) => row.name).filter((name) => name === nameWith(live, name.slice(-SUFFIX)))
}

const SUFFIX = '_restoring_0123456789abcdef'.length

const NEVER_MARKED = `
SELECT datname AS name FROM pg_database
WHERE datname ~ '_restoring_[0-9a-f]{16}$' AND shobj_description(oid, 'pg_database') IS NULL`

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
