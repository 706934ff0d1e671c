import type { Connection } from './connection.ts'
import { send } from './session.ts'

/**
 * Begins a step's transaction in a session as it was at first: settings, user and role, locks, temporary tables and
 * all else that the step before left, be it by a function. DISCARD ALL must be a text of its own, shares the round
 * trip of BEGIN, and unlocks without the 70 µs that planning `SELECT pg_advisory_unlock_all()` takes.
 */
export const beginStep = (connection: Connection, lockTimeout: number): Promise<unknown> =>
  Promise.all([
    send(connection, 'DISCARD ALL'),
    send(
      connection,
      [begin(connection), ...again(connection), `SET LOCAL lock_timeout = ${lockTimeout}`].join(
        ';',
      ),
    ),
  ])

/** Rolls back, which takes the settings with it that were made in the transaction. */
export const rollbackStep = (connection: Connection): Promise<unknown> =>
  send(connection, ['ROLLBACK', ...again(connection)].join(';'))

// a transaction takes its mode where it begins, before its settings are made again
const begin = ({ settings }: Connection): string =>
  settings.includes("default_transaction_read_only = 'off'") ? 'BEGIN READ WRITE' : 'BEGIN'

const again = ({ settings }: Connection): string[] => settings.map((setting) => `SET ${setting}`)

/** Whether a statement may change who the session acts as. */
export const changesUser = (sql: string): boolean => /role|authorization/i.test(sql)

/** Acts again as who connected; where the transaction has failed, COMMIT says so. */
export function resetUser(connection: Connection): void {
  send(connection, 'RESET SESSION AUTHORIZATION; RESET ROLE').catch(() => {})
}
