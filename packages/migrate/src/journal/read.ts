import {
  ARCHIVE_TABLE,
  type Dialect,
  JOURNAL_TABLE,
  JOURNAL_TABLES,
  LOG_TABLE,
} from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import { type ChainHead, GENESIS, type LogEntry, type LogEvent, OLDER_GENESIS } from './chain.ts'

export type VersionStatus = 'applied' | 'failed' | 'rolled_back' | 'running'

/** What is kept with a version; all optional, since other tools wrote some of the rows. */
export interface JournalMetadata {
  readonly dependencies?: readonly string[]
  readonly file_path?: string
  /** How the checksum was made. */
  readonly checksum_method?: string
  /** A step without a transaction failed: part of it may be there. */
  readonly partial?: boolean
}

/** One row of `schema_migrations`: the state of a version. */
export interface JournalRow {
  readonly version: string
  readonly description: string | null
  /** ISO 8601, UTC; of the last attempt where it failed. */
  readonly appliedAt: string
  readonly executionTimeMs: number | null
  readonly checksum: string | null
  readonly rollbackApplied: boolean
  readonly rollbackAt: string | null
  readonly status: VersionStatus
  readonly errorMessage: string | null
  readonly metadata: JournalMetadata
}

/** What the log last said of a version. */
export interface LoggedState {
  readonly status: string
  readonly checksum: string | null
}

export interface Journal {
  /** 'none': no tables; 'foreign': another tool's, without our log; 'ours'. */
  readonly kind: 'none' | 'foreign' | 'ours'
  readonly rows: ReadonlyMap<string, JournalRow>
  /** False for a journal without the archive and the log's guard, which the next run adds. */
  readonly isCurrent: boolean
  /** True for a journal whose log knows that it had an archive, which is gone. */
  readonly isStripped: boolean
  readonly head: ChainHead
  /** Tables besides the journal's, asked only where there is no journal. */
  readonly otherTables: readonly string[]
}

export const NO_JOURNAL: Journal = {
  kind: 'none',
  rows: new Map(),
  isCurrent: false,
  isStripped: false,
  head: GENESIS,
  otherTables: [],
}

/**
 * Reads the journal; without Kysely, since every start of an application pays for it. Throws JOURNAL_CHAIN_BROKEN where
 * one of its tables is gone that the others know of.
 */
export async function readJournal(session: Session, dialect: Dialect): Promise<Journal> {
  const tables = await dialect.tableNames(session)
  const hasRows = tables.includes(JOURNAL_TABLE)
  const hasLog = tables.includes(LOG_TABLE)
  const hasArchive = tables.includes(ARCHIVE_TABLE)
  if (hasArchive && !hasLog) {
    throw new MigrateError('JOURNAL_CHAIN_BROKEN', {
      message: `The log ${LOG_TABLE} was removed: ${ARCHIVE_TABLE}, which is kept with it, is there.`,
      hint: `Restore a backup. Where there is none and the database is to be taken over anew, drop ${ARCHIVE_TABLE} as well.`,
    })
  }
  if (!hasRows) {
    if (!hasLog)
      return { ...NO_JOURNAL, otherTables: tables.filter((name) => !JOURNAL_TABLES.includes(name)) }
    throw new MigrateError('JOURNAL_CHAIN_BROKEN', {
      message: `The table ${JOURNAL_TABLE} is gone, but its log ${LOG_TABLE} is there.`,
      hint: 'Restore a backup, or bring the table back from the log.',
    })
  }
  const [rows, head] = await Promise.all([
    readRows(session),
    hasLog ? readHead(session) : Promise.resolve(GENESIS),
  ])
  return {
    kind: hasLog ? 'ours' : 'foreign',
    rows,
    isCurrent: hasArchive,
    isStripped: hasLog && !hasArchive && (await knowsArchive(session)),
    head,
    otherTables: [],
  }
}

/** Whether the journal had an archive, by its log: from the start, or since it was upgraded. */
async function knowsArchive(session: Session): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT 1 FROM ${LOG_TABLE}
     WHERE event = 'journal_upgraded' OR (seq = 1 AND prev_hash <> '${OLDER_GENESIS.hash}') LIMIT 1`,
  )
  return rows.length > 0
}

/** The same, null where one of its tables is gone: what is restored, or backed up, may be just that. */
export async function readJournalIfWhole(
  session: Session,
  dialect: Dialect,
): Promise<Journal | null> {
  return readJournal(session, dialect).catch((thrown) => {
    if (thrown instanceof MigrateError && thrown.code === 'JOURNAL_CHAIN_BROKEN') return null
    throw thrown
  })
}

async function readRows(session: Session): Promise<Map<string, JournalRow>> {
  const { rows } = await session
    .query<RawRow>(
      `SELECT version, description, applied_at, execution_time_ms, checksum, rollback_applied,
         rollback_at, status, error_message, metadata_json FROM ${JOURNAL_TABLE}`,
    )
    .catch((cause) => {
      if (!(cause instanceof MigrateError && cause.code === 'STATEMENT_FAILED')) throw cause
      throw new MigrateError('JOURNAL_FOREIGN', {
        message: `The table ${JOURNAL_TABLE} is another tool's: it has not the columns of a journal that could be adopted.`,
        hint: 'Rename that table, then run `baseline --version V` with the version that the database is at.',
        cause,
      })
    })
  return new Map(rows.map((row) => [row.version, toRow(row)]))
}

async function readHead(session: Session): Promise<ChainHead> {
  const { rows } = await session.query<{ seq: number; hash: string }>(
    `SELECT seq, hash FROM ${LOG_TABLE} ORDER BY seq DESC LIMIT 1`,
  )
  const newest = rows[0]
  return newest ? { seq: Number(newest.seq), hash: newest.hash } : GENESIS
}

/** The log, oldest first; `limit` keeps the newest ones. */
export async function readLog(session: Session, limit?: number): Promise<LogEntry[]> {
  const { rows } = await session.query<RawEntry>(
    `SELECT * FROM ${LOG_TABLE} ORDER BY seq DESC${limit === undefined ? '' : ' LIMIT $1'}`,
    limit === undefined ? [] : [limit],
  )
  return rows.reverse().map(toEntry)
}

/** The state that the log says each version was left in. */
export async function readLoggedStates(session: Session): Promise<Map<string, LoggedState>> {
  const { rows } = await session.query<{
    version: string
    status: string
    checksum: string | null
  }>(
    `SELECT version, status, checksum FROM ${LOG_TABLE} WHERE seq IN
       (SELECT MAX(seq) FROM ${LOG_TABLE} WHERE version IS NOT NULL AND status IS NOT NULL GROUP BY version)`,
  )
  return new Map(rows.map(({ version, ...state }) => [version, state]))
}

interface RawRow {
  version: string
  description: string | null
  applied_at: unknown
  execution_time_ms: number | null
  checksum: string | null
  rollback_applied: unknown
  rollback_at: unknown
  status: string | null
  error_message: string | null
  metadata_json: string | null
}

interface RawEntry {
  seq: number
  event: LogEvent
  version: string | null
  status: string | null
  checksum: string | null
  at: unknown
  duration_ms: number | null
  run_id: string
  db_user: string | null
  os_user: string | null
  host: string
  pid: number
  tool_version: string
  reason: string | null
  detail_json: string | null
  prev_hash: string
  hash: string
}

function toRow(raw: RawRow): JournalRow {
  return {
    version: raw.version,
    description: raw.description,
    appliedAt: toIso(raw.applied_at) ?? '',
    executionTimeMs: raw.execution_time_ms,
    checksum: raw.checksum,
    rollbackApplied: Boolean(raw.rollback_applied),
    rollbackAt: toIso(raw.rollback_at),
    status: (raw.status ?? 'applied') as VersionStatus,
    errorMessage: raw.error_message,
    metadata: toMetadata(raw.metadata_json),
  }
}

function toEntry(raw: RawEntry): LogEntry {
  return {
    seq: Number(raw.seq),
    event: raw.event,
    version: raw.version,
    status: raw.status,
    checksum: raw.checksum,
    at: toIso(raw.at) ?? '',
    durationMs: raw.duration_ms,
    run: raw.run_id,
    actor: {
      dbUser: raw.db_user,
      osUser: raw.os_user,
      host: raw.host,
      pid: raw.pid,
      toolVersion: raw.tool_version,
    },
    reason: raw.reason,
    detail: raw.detail_json,
    prevHash: raw.prev_hash,
    hash: raw.hash,
  }
}

/** SQLAlchemy wrote `2026-11-22 13:49:59.430660` and meant UTC; what is no date is left as it stands. */
function toIso(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  const text = String(value)
  if (/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(text)) return text
  const zoned = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(text) ? text : `${text}Z`
  const time = new Date(zoned.replace(' ', 'T'))
  return Number.isNaN(time.getTime()) ? text : time.toISOString()
}

function toMetadata(json: string | null): JournalMetadata {
  if (!json) return {}
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // edited by hand; what it held can be had from the file again
  }
}
