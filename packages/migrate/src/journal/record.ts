import { type Dialect, JOURNAL_TABLE, LOG_TABLE } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import { type Actor, type ChainHead, hashEntry, type LogEvent } from './chain.ts'
import type { JournalMetadata, JournalRow, VersionStatus } from './read.ts'
import { createJournalTables } from './tables.ts'

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
}

/**
 * Writes the journal through one session, in whatever transaction is open there. The caller says with
 * {@link settle} how that transaction ended, so that the chain goes on from what was really committed.
 */
export interface Recorder {
  createTables(): Promise<void>
  /** Takes a step by compare-and-set: throws CLAIM_LOST when the row is no longer what the plan saw. */
  claim(version: string, seen: JournalRow | undefined): Promise<void>
  /** Sets a version's row and appends the entry that says so. */
  record(row: RowState, entry: Omit<LogInput, 'version' | 'status' | 'checksum'>): Promise<void>
  /** Removes a version's row and appends the entry that says so. */
  forget(version: string, entry: Omit<LogInput, 'version'>): Promise<void>
  append(entry: LogInput): Promise<void>
  settle(committed: boolean): void
}

export interface RecorderOptions {
  readonly dialect: Dialect
  readonly actor: Actor
  readonly runId: string
  readonly head: ChainHead
  /** What stands before the tables' names: a migration may change where others are looked for. */
  readonly prefix: string
}

export function createRecorder(session: Session, options: RecorderOptions): Recorder {
  const { actor, runId, prefix } = options
  const rows = `${prefix}${JOURNAL_TABLE}`
  const upsertRow = upsertInto(rows)
  const insertLog = insertInto(`${prefix}${LOG_TABLE}`)
  let committed = options.head
  let head = options.head

  const append = async (input: LogInput): Promise<void> => {
    const entry = {
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
    head = { seq: entry.seq, hash: hashEntry(entry) }
    await session.query(insertLog, [
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
      head.hash,
    ])
  }

  return {
    append,
    async createTables() {
      for (const statement of createJournalTables(options.dialect.journalTypes, prefix)) {
        await session.query(statement)
      }
    },
    async claim(version, seen) {
      const { affected } = seen
        ? await session.query(
            `UPDATE ${rows} SET status = 'running' WHERE version = $1 AND COALESCE(status, 'applied') = $2`,
            [version, seen.status],
          )
        : await session.query(
            `INSERT INTO ${rows} (version, status, applied_at) VALUES ($1, 'running', $2)
             ON CONFLICT (version) DO NOTHING`,
            [version, new Date().toISOString()],
          )
      if (affected !== 1) {
        throw new MigrateError('CLAIM_LOST', {
          message: `Another runner has taken ${version} since the plan was made.`,
        })
      }
    },
    async record(row, entry) {
      // sent together, so that a server far away costs one round trip
      await Promise.all([
        session.query(upsertRow, [
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
        ]),
        append({ ...entry, version: row.version, status: row.status, checksum: row.checksum }),
      ])
    },
    async forget(version, entry) {
      await session.query(`DELETE FROM ${rows} WHERE version = $1`, [version])
      await append({ ...entry, version })
    },
    settle(ok) {
      if (ok) committed = head
      else head = committed
    },
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
