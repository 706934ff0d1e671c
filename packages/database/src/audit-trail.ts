/**
 * The journal's log in FossaWork's own `audit_trail`, once v005 has made that.
 *
 * v005 imports this file, and a migration's checksum does not cover it: what it writes into a row may grow, and must not
 * change its meaning.
 */
import { hash } from 'node:crypto'
import type { LogEntry, MigrationContext, OnRecord } from '@fossawork/migrate'

/** What `audit_trail.table_name` says of the journal's entries. */
export const AUDITED_TABLE = 'schema_migrations'

/** What `audit_trail.audit_id` begins with; the entry's number follows. */
export const AUDIT_ID = 'migration-log-'

/** Writes an entry of the log into `audit_trail` as well, in the same transaction. Without that table it does nothing. */
export const mirror: OnRecord = async ({ dialect, query }, entry) => {
  const { rows } = await query(
    dialect === 'sqlite'
      ? "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'audit_trail'"
      : "SELECT 1 WHERE to_regclass('audit_trail') IS NOT NULL",
  )
  if (rows.length === 0) return
  const { audit_id, ...row } = auditRow(entry)
  const { rows: taken } = await query('SELECT 1 FROM audit_trail WHERE audit_id = $1', [audit_id])
  // a log that was cut numbers its entries again; what the audit trail knew of the others stays
  const id = taken.length === 0 ? audit_id : `${audit_id}-${entry.hash.slice(0, 12)}`
  const columns = ['audit_id', ...Object.keys(row)]
  await query(
    `INSERT INTO audit_trail (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
    [id, ...Object.values(row)],
  )
}

/** Brings the entries that the log has already into the new, empty `audit_trail`. Without a log it does nothing. */
export async function bringOver({
  db,
  dialect,
}: Pick<MigrationContext, 'db' | 'dialect'>): Promise<void> {
  if (!(await hasLog({ db, dialect }))) return
  for (let after = 0; ; ) {
    const entries = await db
      .selectFrom('schema_migration_log')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(AT_ONCE)
      .execute()
    if (entries.length === 0) return
    const rows = entries.map((entry) => auditRow(entryOf(entry)))
    await db.insertInto('audit_trail').values(rows).execute()
    after = Number(entries.at(-1)?.seq)
  }
}

const AT_ONCE = 500

async function hasLog({ db, dialect }: Pick<MigrationContext, 'db' | 'dialect'>): Promise<boolean> {
  const log = 'schema_migration_log'
  const found =
    dialect === 'sqlite'
      ? db.selectFrom('sqlite_schema').select('name').where('type', '=', 'table')
      : db.selectNoFrom((to) => to.fn('to_regclass', [to.val(log)]).as('name'))
  const rows: { name: unknown }[] = await found.execute()
  return rows.some(({ name }) => name === log)
}

/** A row of the log, as Kysely reads it. */
const entryOf = (row: Record<string, any>): LogEntry => ({
  seq: Number(row.seq),
  event: row.event,
  version: row.version,
  status: row.status,
  checksum: row.checksum,
  at: new Date(row.at).toISOString(),
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
