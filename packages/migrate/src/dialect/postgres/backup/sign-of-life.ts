import { hostname } from 'node:os'
import type { Connection, PostgresTarget } from '../connection.ts'
import { connectBeside } from '../databases.ts'
import { OWN_PREFIX } from '../names.ts'
import { send } from '../session.ts'

/** What the name of a database under restoration ends with. */
export const RESTORING = '_restoring_[0-9a-f]{16}$'

/** The 64 random bits of such a name are the key of its lock: no two have the same one. */
const KEY = `CASE WHEN datname ~ '${RESTORING}' THEN ('x' || right(datname, 16))::bit(64)::bigint END`

/**
 * In SQL, of a row of `pg_database`: whether the process that restores into it lives. Advisory locks are each
 * database's own; here it does not count in which of them the lock is held.
 */
export const OWNER_LIVES = `EXISTS (
  SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND ((classid::bigint << 32) | objid::bigint) = ${KEY})`

/**
 * Holds the sign of life of a database that is about to be made: an advisory lock that ends with the connection, and
 * so with this process. Close it when the database is gone or has another name.
 */
export async function showLife(target: PostgresTarget, name: string): Promise<Connection> {
  const connection = await connectBeside(
    target,
    `${OWN_PREFIX}restoring:${process.pid}@${hostname()}`,
  )
  try {
    const key = BigInt.asIntN(64, BigInt(`0x${name.slice(-16)}`))
    await send(connection, 'SELECT pg_advisory_lock($1)', [key.toString()])
    return connection
  } catch (error) {
    await connection.close().catch(() => {})
    throw error
  }
}
