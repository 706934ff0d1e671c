import { MigrateError } from '../../../errors.ts'
import type { Blocker } from '../../../events.ts'
import type { Connection } from '../connection.ts'
import { OWN_PREFIX } from '../names.ts'
import { send } from '../session.ts'
import { statementShape } from '../statement-shape.ts'

/** A session of a database that keeps it from being renamed. */
export interface DatabaseSession extends Blocker {
  readonly name: string
  /** The database's number. */
  readonly database: number
  readonly ofSuperuser: boolean
  /** Whether the user may end it. */
  readonly endable: boolean
}

/** What is told of a session. */
export const blockerOf = ({ pid, user, state, openMs, query }: DatabaseSession): Blocker => ({
  pid,
  user,
  state,
  openMs,
  query,
})

/** The sessions of databases, our own one left out, and those that the server ends by itself. */
export async function sessionsOf(
  connection: Connection,
  oids: readonly number[],
): Promise<DatabaseSession[]> {
  const { rows } = await send<DatabaseSession>(connection, SESSIONS, [oids])
  return rows.map((row) => ({ ...row, query: row.query && statementShape(row.query) }))
}

/** Without our own: runs that wait for the lock, readers. */
export const clientsAmong = (sessions: readonly DatabaseSession[]): DatabaseSession[] =>
  sessions.filter(({ name }) => !name.startsWith(OWN_PREFIX))

/** Others are there, and nobody said that they may be ended. */
export const clientsConnected = (live: string, clients: readonly Blocker[]): MigrateError =>
  new MigrateError('CLIENTS_CONNECTED', {
    message: `Others are connected to ${live}, which is to be replaced: ${describeSessions(clients)}.`,
  })

/** Others are there whom the user may not end. */
export function notEndable(
  live: string,
  sessions: readonly DatabaseSession[],
  cause?: unknown,
): MigrateError {
  const hint = sessions.some(({ ofSuperuser }) => ofSuperuser)
    ? "Stop them where they run, or restore as a superuser: nobody else may end a superuser's sessions."
    : 'Stop them, or let a superuser run GRANT pg_signal_backend TO the user of this tool.'
  return new MigrateError('PERMISSION_DENIED', {
    message: `Sessions are connected to ${live} that the user may not end: ${describeSessions(sessions)}. It is as it was.`,
    hint,
    cause,
  })
}

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
SELECT pid, usename AS "user", coalesce(application_name, '') AS name, datid AS database,
  CASE backend_type WHEN 'client backend' THEN state ELSE backend_type END AS state,
  coalesce(theirs.rolsuper, true) AS "ofSuperuser",
  me.rolsuper OR NOT coalesce(theirs.rolsuper, true)
    AND (pg_has_role(usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')) AS endable,
  (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS "openMs",
  CASE WHEN state IS NOT NULL THEN nullif(query, '') END AS query
FROM pg_stat_activity LEFT JOIN pg_roles AS theirs ON theirs.oid = usesysid
CROSS JOIN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS me
WHERE datid = ANY ($1::oid[]) AND pid <> pg_backend_pid()
  AND (backend_type IS NULL OR backend_type NOT IN ('autovacuum worker', 'parallel worker'))
ORDER BY pid`
