import type { LogEntry, RecordTransaction } from '@fossawork/migrate'

const AT_ONCE = 500

/** The entries of the journal's log before a number, oldest first, a part at a time. */
export async function* logPages(
  query: RecordTransaction['query'],
  before: number,
): AsyncGenerator<LogEntry[]> {
  for (let after = 0; ; ) {
    const { rows } = await query<LogRow>(
      `SELECT * FROM schema_migration_log WHERE seq > $1 AND seq < $2 ORDER BY seq LIMIT ${AT_ONCE}`,
      [after, before],
    )
    const entries = rows.map(toEntry)
    const last = entries.at(-1)
    if (!last) return
    yield entries
    after = last.seq
  }
}

interface LogRow {
  readonly seq: number
  readonly event: LogEntry['event']
  readonly version: string | null
  readonly status: string | null
  readonly checksum: string | null
  readonly at: string
  readonly duration_ms: number | null
  readonly run_id: string
  readonly db_user: string | null
  readonly os_user: string | null
  readonly host: string
  readonly pid: number
  readonly tool_version: string
  readonly reason: string | null
  readonly detail_json: string | null
  readonly prev_hash: string
  readonly hash: string
}

const toEntry = (row: LogRow): LogEntry => ({
  seq: Number(row.seq),
  event: row.event,
  version: row.version,
  status: row.status,
  checksum: row.checksum,
  at: row.at,
  durationMs: row.duration_ms,
  run: row.run_id,
  actor: {
    dbUser: row.db_user,
    osUser: row.os_user,
    host: row.host,
    pid: row.pid,
    toolVersion: row.tool_version,
  },
  reason: row.reason,
  detail: row.detail_json,
  prevHash: row.prev_hash,
  hash: row.hash,
})
