/** The journal's log in FossaWork's own `audit_trail`, once v005 has made that. */
import { hash } from 'node:crypto'
import type { LogEntry, OnRecord, RecordTransaction } from '@fossawork/migrate'
import { logPages } from './log-pages.ts'

/** What `audit_trail.table_name` says of the journal's entries. */
export const AUDITED_TABLE = 'schema_migrations'

/** What `audit_trail.audit_id` begins with; the entry's number follows. */
export const AUDIT_ID = 'migration-log-'

/**
 * Writes an entry of the log into `audit_trail` as well, in the same transaction. Where the one before it is not there,
 * all that are missing come first: those from before v005, those of a journal that had no mirror. Without the table it
 * does nothing.
 */
export const mirror: OnRecord = async (tx, entry) => {
  if (!(await hasTrail(tx))) return
  const before = { seq: entry.seq - 1, hash: entry.prevHash }
  const trail = await readTrail(tx, [before, entry])
  if (before.seq > 0 && !trail.has(before)) await bringOver(tx, entry.seq)
  await insert(tx, trail, [entry])
}

async function hasTrail({ dialect, query }: RecordTransaction): Promise<boolean> {
  const { rows } = await query(
    dialect === 'sqlite'
      ? "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'audit_trail'"
      : "SELECT 1 WHERE to_regclass('audit_trail') IS NOT NULL",
  )
  return rows.length > 0
}

/** What finds an entry in the audit trail. */
type Named = Pick<LogEntry, 'seq' | 'hash'>

/** A log that was cut numbers its entries again; what the audit trail knew of the others stays, under the first. */
export const auditIds = ({ seq, hash }: Named): readonly [string, string] => [
  `${AUDIT_ID}${seq}`,
  `${AUDIT_ID}${seq}-${hash.slice(0, 12)}`,
]

interface Trail {
  has(entry: Named): boolean
  /** The id that an entry which is not there gets. */
  freeId(entry: Named): string
}

/** What the audit trail knows of some entries. */
async function readTrail({ query }: RecordTransaction, entries: readonly Named[]): Promise<Trail> {
  const ids = entries.flatMap(auditIds)
  const { rows } = await query<{ audit_id: string; changes_json: string | null }>(
    `SELECT audit_id, changes_json FROM audit_trail WHERE audit_id IN (${places(ids.length)})`,
    ids,
  )
  const hashes = new Map(rows.map(({ audit_id, changes_json }) => [audit_id, hashIn(changes_json)]))
  return {
    has(entry) {
      const [id, own] = auditIds(entry)
      return hashes.has(own) || hashes.get(id) === entry.hash
    },
    freeId(entry) {
      const [id, own] = auditIds(entry)
      return hashes.has(id) ? own : id
    },
  }
}

function hashIn(json: string | null): unknown {
  try {
    return (JSON.parse(json ?? '{}') as { readonly hash?: unknown } | null)?.hash
  } catch {
    return undefined // edited: it is no entry of the log
  }
}

/** Brings over what the audit trail does not know of the entries before a number. */
async function bringOver(tx: RecordTransaction, before: number): Promise<void> {
  for await (const entries of logPages(tx.query, before)) {
    const trail = await readTrail(tx, entries)
    await insert(
      tx,
      trail,
      entries.filter((entry) => !trail.has(entry)),
    )
  }
}

async function insert(
  { query }: RecordTransaction,
  trail: Trail,
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => ({ ...auditRow(entry), audit_id: trail.freeId(entry) }))
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((_, at) => `(${places(columns.length, at * columns.length)})`)
  await query(
    `INSERT INTO audit_trail (${columns.join(', ')}) VALUES ${values.join(', ')}`,
    rows.flatMap((row) => Object.values(row)),
  )
}

const places = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `$${from + at + 1}`).join(', ')

/** `user_id` stays empty: it names a user of the application, and migrations are run by one of the system. */
export function auditRow(entry: LogEntry) {
  const { seq, event, version, status, checksum, at, run, actor, reason, detail } = entry
  return {
    audit_id: `${AUDIT_ID}${seq}`,
    table_name: AUDITED_TABLE,
    record_id: version === null ? null : fitting(version, 100),
    action: fitting(event, 20),
    user_agent: `@fossawork/migrate ${actor.toolVersion}`,
    changes_json: JSON.stringify({
      seq,
      os_user: actor.osUser,
      db_user: actor.dbUser,
      host: actor.host,
      pid: actor.pid,
      duration_ms: entry.durationMs,
      hash: entry.hash,
      detail: detail === null ? null : JSON.parse(detail),
    }),
    after_json: version === null ? null : JSON.stringify({ version, status, checksum }),
    reason,
    session_id: run,
    created_at: at,
  }
}

/** At most `length` characters, as PostgreSQL counts them; what was cut ends with a digest, so that two stay two. */
function fitting(text: string, length: number): string {
  const characters = [...text]
  if (characters.length <= length) return text
  const digest = hash('sha256', text, 'hex').slice(0, 8)
  return `${characters.slice(0, length - digest.length - 1).join('')}~${digest}`
}
