import { hash } from 'node:crypto'

/** What the log can say of a version, or of the whole database. */
export type LogEvent =
  | 'applied'
  | 'failed'
  | 'started'
  | 'rolled_back'
  | 'adopted'
  | 'baselined'
  | 'repaired'
  | 'unlocked'
  | 'external_change'
  | 'backup_taken'
  | 'backup_skipped'
  | 'restore_started'
  | 'restored'
  | 'restore_failed'
  | 'work_started'
  | 'work_done'
  | 'work_failed'
  | 'mended'
  | 'quarantine_restored'
  | 'drift_accepted'
  | 'grants_applied'
  | 'journal_upgraded'

export interface Actor {
  readonly dbUser: string | null
  readonly osUser: string | null
  readonly host: string
  readonly pid: number
  readonly toolVersion: string
}

/** One row of `schema_migration_log`. */
export interface LogEntry {
  readonly seq: number
  readonly event: LogEvent
  readonly version: string | null
  /** The version's state after the event. */
  readonly status: string | null
  readonly checksum: string | null
  /** ISO 8601, UTC, in milliseconds. */
  readonly at: string
  readonly durationMs: number | null
  readonly run: string
  readonly actor: Actor
  readonly reason: string | null
  readonly detail: string | null
  readonly prevHash: string
  readonly hash: string
}

export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** What stood before the first entry until a journal had an archive, and a log that is guarded. */
export const OLDER_GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) }

/** What stands before the first entry: a log that begins so has had both from the start. */
export const GENESIS: ChainHead = { seq: 0, hash: '1'.padStart(64, '0') }

/** SHA-256 over every field and the hash before it, as a JSON array in this order. */
export function hashEntry(entry: Omit<LogEntry, 'hash'>): string {
  const { dbUser, osUser, host, pid, toolVersion } = entry.actor
  const fields = [
    entry.seq,
    entry.event,
    entry.version,
    entry.status,
    entry.checksum,
    entry.at,
    entry.durationMs,
    entry.run,
    dbUser,
    osUser,
    host,
    pid,
    toolVersion,
    entry.reason,
    entry.detail,
    entry.prevHash,
  ]
  return hash('sha256', JSON.stringify(fields), 'hex')
}

/** The first entry that does not fit the one before it, and why; null when the chain holds. */
export function findBreak(
  entries: readonly LogEntry[],
): { readonly seq: number; readonly why: string } | null {
  let head = entries[0]?.prevHash === OLDER_GENESIS.hash ? OLDER_GENESIS : GENESIS
  for (const entry of entries) {
    if (entry.seq !== head.seq + 1) {
      return { seq: entry.seq, why: `entry ${head.seq + 1} is missing` }
    }
    if (entry.prevHash !== head.hash) {
      return { seq: entry.seq, why: 'it does not follow the entry before it' }
    }
    if (entry.hash !== hashEntry(entry)) return { seq: entry.seq, why: 'it was edited' }
    head = entry
  }
  return null
}
