import type { Finding, ProjectCheck } from '@fossawork/migrate'
import { AUDIT_ID, AUDITED_TABLE } from '../audit-trail.ts'

/**
 * What the audit trail knows of the journal's log against the log itself: entries that were cut off its end show, and a
 * chain whose hashes were made anew. What retention has removed from the audit trail is not missed.
 */
export const auditTrailAgainstLog: ProjectCheck = {
  category: 'tracking',
  name: 'log against the audit trail',
  needs: ['v005_add_audit_tables'],
  async run({ query }) {
    const { rows: log } = await query<{ hash: string }>('SELECT hash FROM schema_migration_log')
    const hashes = new Set(log.map(({ hash }) => hash))
    const { rows: audited } = await query<{ audit_id: string; changes_json: string | null }>(
      `SELECT audit_id, changes_json FROM audit_trail
       WHERE table_name = $1 AND audit_id LIKE '${AUDIT_ID}%' ORDER BY id`,
      [AUDITED_TABLE],
    )
    const unknown = audited.filter(({ changes_json }) => !hashes.has(hashIn(changes_json)))
    return { checked: audited.length, findings: unknown.length > 0 ? [missing(unknown)] : [] }
  },
}

function hashIn(json: string | null): string {
  try {
    return String((JSON.parse(json ?? '{}') as { hash?: unknown } | null)?.hash)
  } catch {
    return '' // edited: the log knows no such entry
  }
}

const missing = (unknown: readonly { readonly audit_id: string }[]): Finding => ({
  code: 'JOURNAL_CHAIN_BROKEN',
  severity: 'error',
  message: `audit_trail has ${unknown.length === 1 ? 'an entry' : 'entries'} of schema_migration_log that the log does not have: one of the two was changed.`,
  at: { object: 'audit_trail' },
  count: unknown.length,
  examples: unknown.slice(0, 3).map(({ audit_id }) => `audit_id ${audit_id}`),
  fix: 'Find out who changed the log or the audit trail; restore a backup if they cannot be trusted.',
})
