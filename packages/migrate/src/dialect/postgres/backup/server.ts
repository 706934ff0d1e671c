import { MigrateError } from '../../../errors.ts'
import type { Connection } from '../connection.ts'
import { RELATIONS, USERS_SCHEMA } from '../relations.ts'
import { send } from '../session.ts'

export interface Server {
  readonly major: number
  /** As people say it: `15.18`. */
  readonly version: string
}

export async function readServer(connection: Connection): Promise<Server> {
  const { rows } = await send<{ number: string; version: string }>(
    connection,
    "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version",
  )
  const { number, version } = rows[0] as (typeof rows)[number]
  return {
    major: Math.floor(Number(number) / 10_000),
    version: version.split(' ')[0] ?? version,
  }
}

/**
 * Bytes of all rows, the indexes left out: a dump, which is compressed, has fewer. Of the whole database where a table
 * is locked, since its size would have to wait.
 */
export async function readDataBytes(connection: Connection): Promise<number> {
  const read = async (sql: string) => {
    const { rows } = await send<{ bytes: number }>(connection, sql)
    return Number(rows[0]?.bytes)
  }
  try {
    return await read(`SET lock_timeout = ${LOCK_WAIT}; ${DATA_BYTES}`)
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== 'DDL_LOCK_TIMEOUT') throw error
    return read('SELECT pg_database_size(current_database()) AS bytes')
  }
}

/** Milliseconds. */
const LOCK_WAIT = 500

const DATA_BYTES = `
SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS bytes
FROM ${RELATIONS}
WHERE c.relkind = 'r' AND ${USERS_SCHEMA} OR c.oid = 'pg_largeobject'::regclass`
