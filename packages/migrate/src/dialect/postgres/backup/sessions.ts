import { MigrateError } from '../../../errors.ts'
import type { Blocker } from '../../../events.ts'
import type { Connection } from '../connection.ts'
import { OWN_PREFIX } from '../names.ts'
import { send } from '../session.ts'
import { statementShape } from '../statement-shape.ts'

/** A session of a database that keeps it from being renamed. */
export interface DatabaseSession extends Blocker {
  readonly name: string
}

/** The sessions of databases, our own one left out, and those that the server ends by itself. */
export async function sessionsOf(
  connection: Connection,
  oids: readonly number[],
): Promise<DatabaseSession[]> {
  const { rows } = await send<DatabaseSession>(connection, SESSIONS, [oids])
  return rows.map((row) => ({ ...row, query: row.query && statementShape(row.query) }))
}

/** Without our own: runs that wait for the lock, readers. */
export const clientsAmong = (sessions: readonly DatabaseSession[]): Blocker[] =>
  sessions
    .filter(({ name }) => !name.startsWith(OWN_PREFIX))
    .map(({ name: _, ...blocker }) => blocker)

/** Ends a session; false where the user may not, as with another role's. */
export async function terminate(connection: Connection, pid: number): Promise<boolean> {
  try {
    await send(connection, 'SELECT pg_terminate_backend($1)', [pid])
    return true
  } catch (error) {
    if (error instanceof MigrateError && error.code === 'PERMISSION_DENIED') return false
    throw error
  }
}

/** `process 4711 of alice (idle)`, one after another. */
export const describeSessions = (sessions: readonly Blocker[]): string =>
  sessions
    .map(({ pid, user, state }) => `process ${pid} of ${user ?? '?'}${state ? ` (${state})` : ''}`)
    .join(', ')

// of others' sessions only the superuser sees more than the name
const SESSIONS = `
SELECT pid, usename AS "user", state, coalesce(application_name, '') AS name,
  (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS "openMs",
  CASE WHEN state IS NOT NULL THEN nullif(query, '') END AS query
FROM pg_stat_activity
WHERE datid = ANY ($1::oid[]) AND pid <> pg_backend_pid()
  AND (backend_type IS NULL OR backend_type NOT IN ('autovacuum worker', 'parallel worker'))
ORDER BY pid`
