import { type Dialect, JOURNAL_TABLE, LOG_TABLE } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import { type Actor, type ChainHead, hashEntry, type LogEntry, type LogEvent } from './chain.ts'
import { type Ensured, ensureTables } from './ensure.ts'
import { prove, type Write, written } from './proof.ts'
import type { Journal, JournalMetadata, JournalRow, VersionStatus } from './read.ts'

/** What a version's row is to say. */
export interface RowState {
  readonly version: string
  readonly description: string | null
  readonly appliedAt: string
  readonly executionTimeMs: number | null
  readonly checksum: string | null
  readonly status: VersionStatus
  readonly rollbackAt: string | null
  readonly errorMessage: string | null
  readonly metadata: JournalMetadata
}

/** What an entry of the log is to say, besides who and when. */
export interface LogInput {
  readonly event: LogEvent
  readonly version?: string
  readonly status?: string
  readonly checksum?: string | null
  readonly durationMs?: number | null
  readonly reason?: string | null
  readonly detail?: Readonly<Record<string, unknown>>
  /** False: it is written past {@link RecorderOptions.observe}, which has refused it. Default true. */
  readonly observed?: boolean
}

/**
 * Writes the journal through one session, in whatever transaction is open there. The caller says with
 * {@link settle} how that transaction ended, so that the chain goes on from what was really committed. What writes
 * throws JOURNAL_SWALLOWED where the database took a statement and did not do it.
 */
export interface Recorder {
  /** Makes what the journal lacks, or puts it back; to be called before anything is written. */
  ensureTables(): Promise<Ensured>
  /**
   * Takes a step by compare-and-set, from now on and with this checksum: throws CLAIM_LOST when the row is no longer
   * what the plan saw.
   */
  claim(version: string, seen: JournalRow | undefined, checksum: string | null): Promise<void>
  /** Sets a version's row and appends the entry that says so. */
  record(row: RowState, entry: Omit<LogInput, 'version' | 'status' | 'checksum'>): Promise<void>
  /** Removes a version's row and appends the entry that says so. */
  forget(version: string, entry: Omit<LogInput, 'version'>): Promise<void>
  append(entry: LogInput): Promise<void>
  settle(committed: boolean): void
  /** The newest entry that is committed. */
  head(): ChainHead
  /** What stands before the journal's table names. */
  readonly prefix: string
  /** Whether a program sees each entry: what it does is not known before it has ended. */
  readonly isObserved: boolean
}

export interface RecorderOptions {
  readonly dialect: Dialect
  readonly actor: Actor
  readonly runId: string
  readonly journal: Pick<Journal, 'kind' | 'isCurrent' | 'isStripped' | 'head'>
  /** What stands before the tables' names: a migration may change where others are looked for. */
  readonly prefix: string
  /** Sees each entry after it was written, within its transaction; what it throws is to undo that. */
  readonly observe: ((entry: LogEntry) => Promise<void>) | null
}

export function createRecorder(session: Session, options: RecorderOptions): Recorder {
  const { actor, runId, prefix, dialect, journal, observe } = options
  const rows = `${prefix}${JOURNAL_TABLE}`
  const upsertRow = upsertInto(rows)
  const log = `${prefix}${LOG_TABLE}`
  const insertLog = insertInto(log)
  let committed = journal.head
  let head = journal.head

  const append = async (input: LogInput, row?: Write): Promise<void> => {
    const fields = {
      seq: head.seq + 1,
      event: input.event,
      version: input.version ?? null,
      status: input.status ?? null,
      checksum: input.checksum ?? null,
      at: new Date().toISOString(),
      durationMs: input.durationMs ?? null,
      run: runId,
      actor,
      reason: input.reason ?? null,
      detail: input.detail ? JSON.stringify(input.detail) : null,
      prevHash: head.hash,
    }
    const entry: LogEntry = { ...fields, hash: hashEntry(fields) }
    head = { seq: entry.seq, hash: entry.hash }
    const inserted = written(session, LOG_TABLE, insertLog, [
      entry.seq,
      entry.event,
      entry.version,
      entry.status,
      entry.checksum,
      entry.at,
      entry.durationMs,
      runId,
      actor.dbUser,
      actor.osUser,
      actor.host,
      actor.pid,
      actor.toolVersion,
      entry.reason,
      entry.detail,
      entry.prevHash,
      entry.hash,
    ])
    const there = { table: log, where: { seq: entry.seq, hash: entry.hash } }
    const proved = prove(session, row ? [row.there, there] : [there])
    proved.catch(() => {}) // what it proves may have failed by itself, which says more
    // sent together, so that a server far away costs one round trip
    await Promise.all([row?.done, inserted])
    await proved
    if (input.observed !== false) await observe?.(entry)
  }

  return {
    append,
    ensureTables: () => ensureTables(session, dialect, journal, prefix),
    async claim(version, seen, checksum) {
      const claimed = [version, new Date().toISOString(), checksum]
      const { affected } = seen
        ? await session.query(
            `UPDATE ${rows} SET status = 'running', applied_at = $2, checksum = $3
             WHERE version = $1 AND COALESCE(status, 'applied') = $4`,
            [...claimed, seen.status],
          )
        : await session.query(
            `INSERT INTO ${rows} (version, status, applied_at, checksum) VALUES ($1, 'running', $2, $3)
             ON CONFLICT (version) DO NOTHING`,
            claimed,
          )
      if (affected !== 1) {
        throw new MigrateError('CLAIM_LOST', {
          message: `Another runner has taken ${version} since the plan was made.`,
        })
      }
    },
    async record(row, entry) {
      const done = written(session, JOURNAL_TABLE, upsertRow, [
        row.version,
        row.description,
        row.appliedAt,
        row.executionTimeMs,
        row.checksum,
        row.rollbackAt !== null,
        row.rollbackAt,
        row.status,
        row.errorMessage,
        JSON.stringify(row.metadata),
      ])
      const { version, status, checksum } = row
      await append(
        { ...entry, version, status, checksum },
        { done, there: { table: rows, where: { version, status } } },
      )
    },
    async forget(version, entry) {
      await written(session, JOURNAL_TABLE, `DELETE FROM ${rows} WHERE version = $1`, [version])
      await append({ ...entry, version })
    },
    settle(ok) {
      if (ok) committed = head
      else head = committed
    },
    head: () => committed,
    prefix,
    isObserved: observe !== null,
  }
}

const upsertInto = (
  rows: string,
): string => `INSERT INTO ${rows} (version, description, applied_at, execution_time_ms,
  checksum, rollback_applied, rollback_at, status, error_message, metadata_json)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (version) DO UPDATE SET description = excluded.description,
  applied_at = excluded.applied_at, execution_time_ms = excluded.execution_time_ms,
  checksum = excluded.checksum, rollback_applied = excluded.rollback_applied,
  rollback_at = excluded.rollback_at, status = excluded.status,
  error_message = excluded.error_message, metadata_json = excluded.metadata_json`

const insertInto = (
  log: string,
): string => `INSERT INTO ${log} (seq, event, version, status, checksum, at, duration_ms,
  run_id, db_user, os_user, host, pid, tool_version, reason, detail_json, prev_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
