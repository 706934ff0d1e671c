import { LOG_TABLE } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import type { LogEvent } from './chain.ts'

/** After these the schema is what the run left on purpose. */
const SETTLES: ReadonlySet<LogEvent> = new Set([
  'started',
  'applied',
  'failed',
  'rolled_back',
  'adopted',
  'baselined',
  'repaired',
  'drift_accepted',
  'grants_applied',
])

/** These leave it as it was, or as it should be. After the others nobody knows: a change by hand, a restore. */
const LEAVES: ReadonlySet<LogEvent> = new Set([
  'backup_taken',
  'backup_skipped',
  'unlocked',
  'restore_started',
  'restore_failed',
  'work_started',
  'work_done',
  'work_failed',
  'mended',
  'quarantine_restored',
  'journal_upgraded',
])

/** Whether a run that said this to the log has a schema to keep. */
export const settlesSchema = (event: LogEvent): boolean => SETTLES.has(event)

/** Whether what was kept before this event is still what was left. */
export const leavesSchema = (event: LogEvent): boolean => LEAVES.has(event)

/** The events that the log has after the entry `seq`, each once. */
export async function eventsAfter(session: Session, seq: number): Promise<LogEvent[]> {
  const { rows } = await session.query<{ event: LogEvent }>(
    `SELECT DISTINCT event FROM ${LOG_TABLE} WHERE seq > $1`,
    [seq],
  )
  return rows.map(({ event }) => event)
}
