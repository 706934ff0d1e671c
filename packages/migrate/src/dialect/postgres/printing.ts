import type { Session } from '../session.ts'

/** What PostgreSQL prints definitions by, besides the search path: names, and constants in expressions. */
const SETTINGS: Readonly<Record<string, string>> = {
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
}

/** Holds the settings from before for as long as a transaction lasts. */
const BEFORE = 'fossawork_migrate.before'

const KEEP = `SELECT set_config('${BEFORE}', json_build_object(${[
  'search_path',
  ...Object.keys(SETTINGS),
]
  .map((name) => `'${name}', current_setting('${name}')`)
  .join(', ')})::text, true)`

// the current schema alone: temporary tables, and what a role or a database adds to the path, are named with theirs
const SET = `SELECT set_config('search_path', COALESCE(quote_ident(current_schema()) || ', pg_temp', ''), true), ${Object.entries(
  SETTINGS,
)
  .map(([name, value]) => `set_config('${name}', '${value}', true)`)
  .join(', ')}`

const RESTORE = `SELECT set_config(key, value, true)
  FROM json_each_text(NULLIF(current_setting('${BEFORE}', true), '')::json)`

/** The rows of a query. */
export type Read = <R>(sql: string) => Promise<R[]>

/**
 * Reads definitions as they read whatever the session, its role and its database have set. `body` asks for all that it
 * reads at once: it shares one round trip. The settings hold for the query's own message, or in an open transaction up
 * to the end of `body`, so that nothing is left of them, even when a query fails.
 */
export async function readAlike<T>(session: Session, body: (read: Read) => Promise<T>): Promise<T> {
  // statements of one message are one transaction where none is open
  const read: Read = async <R>(sql: string) => (await session.query<R>(`${SET};\n${sql}`)).rows
  const [before, reading, after] = await Promise.allSettled([
    session.query(KEEP),
    body(read),
    session.query(RESTORE),
  ])
  for (const settled of [reading, before, after]) {
    if (settled.status === 'rejected') throw settled.reason
  }
  return (reading as PromiseFulfilledResult<T>).value
}
