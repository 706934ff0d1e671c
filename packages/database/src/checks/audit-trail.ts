import type { CheckLook, Finding, LogEntry, ProjectCheck, Row } from '@fossawork/migrate'
import { AUDITED_TABLE, auditIds, auditRow } from '../audit-trail.ts'
import { logPages } from '../log-pages.ts'

/**
 * The audit trail against the journal's log, each row and each entry: what was cut off the end of the log shows, a chain
 * whose hashes were made anew, a row that was edited, put in or removed. What retention has removed is not missed.
 */
export const auditTrailAgainstLog: ProjectCheck = {
  category: 'tracking',
  name: 'log against the audit trail',
  needs: ['v005_add_audit_tables'],
  async run(look) {
    if (await isOlder(look)) {
      const skipped = 'The journal is an older one: the next run brings its log over.'
      return { checked: 0, findings: [], skipped }
    }
    const { explained, edited, missing } = await readEntries(look)
    const { checked, unknown } = await readUnknown(look, explained)
    const findings: Finding[] = []
    if (unknown.length > 0) {
      findings.push(
        finding(
          `audit_trail has ${unknown.length === 1 ? 'an entry' : 'entries'} of schema_migration_log that the log does not have: one of the two was changed.`,
          unknown,
        ),
      )
    }
    if (edited.length > 0) {
      findings.push(
        finding(
          `audit_trail and schema_migration_log say different things of ${edited.length === 1 ? 'an entry' : 'entries'}: one of the two was changed.`,
          edited,
        ),
      )
    }
    if (missing.length > 0) {
      findings.push(
        finding(
          `audit_trail lacks ${missing.length === 1 ? 'an entry' : 'entries'} of schema_migration_log that retention has not reached.`,
          missing,
        ),
      )
    }
    return { checked, findings }
  },
}

/** A log that nothing was mirrored of: it is from before there was a mirror, and nothing was recorded since. */
async function isOlder({ query }: CheckLook): Promise<boolean> {
  const { rows } = await query(
    `SELECT 1 FROM schema_migration_log WHERE seq = 1 AND prev_hash = $1
       AND NOT EXISTS (SELECT 1 FROM schema_migration_log WHERE event = 'journal_upgraded')
       AND NOT EXISTS (SELECT 1 FROM audit_trail WHERE table_name = $2)`,
    ['0'.repeat(64), AUDITED_TABLE],
  )
  return rows.length > 0
}

interface Compared {
  /** The `id`s of rows that an entry explains. */
  readonly explained: ReadonlySet<unknown>
  /** The `audit_id`s of rows that differ, and of those that are not there. */
  readonly edited: readonly string[]
  readonly missing: readonly string[]
}

/** Each entry of the log against its row. */
async function readEntries(look: CheckLook): Promise<Compared> {
  const explained = new Set<unknown>()
  const edited: string[] = []
  const missing: string[] = []
  const kept = await keptSince(look)
  for await (const entries of logPages(look.query, Number.MAX_SAFE_INTEGER)) {
    look.signal.throwIfAborted()
    const rows = await rowsOf(look, entries)
    for (const entry of entries) {
      const there = auditIds(entry)
        .map((id) => rows.get(id))
        .filter((row) => row !== undefined)
      const row = there.find((row) => isMirrored(row, entry)) ?? there[0]
      if (row) explained.add(row.id)
      if (!row && entry.at >= kept) missing.push(auditIds(entry)[0])
      if (row && !isMirrored(row, entry)) edited.push(String(row.audit_id))
    }
  }
  return { explained, edited, missing }
}

async function rowsOf(
  { query }: CheckLook,
  entries: readonly LogEntry[],
): Promise<Map<unknown, Row>> {
  const ids = entries.flatMap(auditIds)
  const { rows } = await query(
    `SELECT * FROM audit_trail WHERE audit_id IN (${ids.map((_, at) => `$${at + 1}`).join(', ')})`,
    ids,
  )
  return new Map(rows.map((row) => [row.audit_id, row]))
}

/** Whether a row is what is written of an entry, and nothing more. */
function isMirrored(row: Row, entry: LogEntry): boolean {
  const expected: Row = auditRow(entry)
  return Object.entries(row).every(([column, value]) => {
    // either name is right, and the number is the table's own
    if (column === 'id' || column === 'audit_id') return true
    const wanted = expected[column] ?? null
    return column === 'created_at' ? timeOf(value) === timeOf(wanted) : value === wanted
  })
}

const timeOf = (value: unknown): number => new Date(String(value)).getTime()

/** From when on nothing of the audit trail is removed, by the policy that is kept beside it. */
async function keptSince({ query }: CheckLook): Promise<string> {
  const { rows } = await query<{ retention_days: number }>(
    "SELECT retention_days FROM data_retention_policies WHERE data_type = 'audit_trail' AND is_active = $1",
    [true],
  )
  const days = rows.map(({ retention_days }) => Number(retention_days))
  return days.length === 0 ? '' : new Date(Date.now() - Math.min(...days) * DAY).toISOString()
}

const DAY = 86_400_000

/** The rows about the journal that no entry explains. */
async function readUnknown(
  { query, signal }: CheckLook,
  explained: ReadonlySet<unknown>,
): Promise<{ readonly checked: number; readonly unknown: readonly string[] }> {
  const unknown: string[] = []
  let checked = 0
  for (let after: unknown = 0; ; ) {
    signal.throwIfAborted()
    const { rows } = await query<{ id: unknown; audit_id: string }>(
      'SELECT id, audit_id FROM audit_trail WHERE table_name = $1 AND id > $2 ORDER BY id LIMIT 500',
      [AUDITED_TABLE, after],
    )
    if (rows.length === 0) return { checked, unknown }
    checked += rows.length
    after = rows.at(-1)?.id
    unknown.push(...rows.filter(({ id }) => !explained.has(id)).map(({ audit_id }) => audit_id))
  }
}

const finding = (message: string, ids: readonly string[]): Finding => ({
  code: 'JOURNAL_CHAIN_BROKEN',
  severity: 'error',
  message,
  at: { object: 'audit_trail' },
  count: ids.length,
  examples: ids.slice(0, 3).map((id) => `audit_id ${id}`),
  fix: 'Find out who changed the log or the audit trail; restore a backup if they cannot be trusted.',
})
