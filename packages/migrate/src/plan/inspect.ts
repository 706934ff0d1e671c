import type { Finding } from '../finding.ts'
import type { Journal, JournalRow } from '../journal/read.ts'
import { compareVersions } from '../migration/version.ts'

export interface KnownFile {
  readonly version: string
  readonly path: string
  readonly checksum: string
}

/**
 * Holds the journal against the files: whatever would make a run unsafe is an error here, and nothing unknown
 * is ignored. In order of weight, so that the first error is the one to report.
 */
export function inspectJournal(journal: Journal, files: readonly KnownFile[]): Finding[] {
  if (journal.kind === 'foreign') return [foreignJournal(journal)]
  if (journal.kind === 'none') return journal.otherTables.length ? [noJournal(journal)] : []
  const byVersion = new Map(files.map((file) => [file.version, file]))
  const findings: Finding[] = []
  for (const row of journal.rows.values()) {
    const file = byVersion.get(row.version)
    if (row.status === 'running') findings.push(leftRunning(row))
    if (!STATUSES.has(row.status)) findings.push(unknownStatus(row))
    if (file && row.status === 'applied' && row.checksum !== file.checksum) {
      findings.push(changed(row, file))
    }
  }
  return [...findings, ...unexplained(journal, byVersion)]
}

/** Rows that no file explains: the database is newer than the code, or a file is gone. */
export function unexplained(journal: Journal, files: ReadonlyMap<string, KnownFile>): Finding[] {
  const newestFile = [...files.keys()].reduce<string | null>(
    (a, b) => (a !== null && compareVersions(a, b) > 0 ? a : b),
    null,
  )
  return [...journal.rows.values()]
    .filter((row) => !files.has(row.version) && row.status !== 'rolled_back')
    .map((row) => {
      const newer =
        row.status === 'applied' &&
        newestFile !== null &&
        compareVersions(row.version, newestFile) > 0
      return {
        code: newer ? 'DATABASE_NEWER' : 'MIGRATION_MISSING',
        severity: 'error',
        message: newer
          ? `The database has ${row.version}, which is newer than every migration here (newest: ${newestFile}).`
          : `The journal holds ${row.version} (${row.status}), and there is no file of that name.`,
        at: { version: row.version },
        fix: newer
          ? 'Deploy the code that knows this version.'
          : `Bring the file back, or run \`repair --version ${row.version} --forget --reason "…"\`.`,
      }
    })
}

const STATUSES: ReadonlySet<string> = new Set(['applied', 'failed', 'rolled_back', 'running'])

function unknownStatus(row: JournalRow): Finding {
  return {
    code: 'STATUS_UNKNOWN',
    severity: 'error',
    message: `The journal says that ${row.version} is "${row.status}", which is no state that a version can be in.`,
    at: { version: row.version },
    fix: `Set it right by hand in schema_migrations: applied, failed or rolled_back.`,
  }
}

function leftRunning(row: JournalRow): Finding {
  return {
    code: 'JOURNAL_DIRTY',
    severity: 'error',
    message: `${row.version} was left running since ${row.appliedAt}: its run died outside a transaction, and part of it may be there.`,
    at: { version: row.version },
    fix: `Look at what it did, then run \`repair --version ${row.version} --set applied|rolled_back --reason "…"\`, or remove its leftovers with \`rollback --version ${row.version}\`.`,
  }
}

function changed(row: JournalRow, file: KnownFile): Finding {
  return {
    code: 'CHECKSUM_MISMATCH',
    severity: 'error',
    message: `${row.version} changed after it was applied on ${row.appliedAt}: it was ${row.checksum ?? 'without checksum'}, ${file.path} is ${file.checksum}.`,
    at: { version: row.version, file: file.path },
    fix: `Put the file back and make the change in a new migration, or run \`repair --version ${row.version} --accept-checksum --reason "…"\`.`,
  }
}

function foreignJournal(journal: Journal): Finding {
  return {
    code: 'JOURNAL_FOREIGN',
    severity: 'error',
    message: `Another tool tracks this database: its schema_migrations holds ${journal.rows.size} versions and has no log.`,
    fix: 'Run `adopt` to take it over.',
  }
}

function noJournal(journal: Journal): Finding {
  const some = journal.otherTables.slice(0, 3).join(', ')
  const more = journal.otherTables.length > 3 ? ', …' : ''
  return {
    code: 'DATABASE_NOT_EMPTY',
    severity: 'error',
    message: `The database has ${journal.otherTables.length} tables (${some}${more}) but no journal.`,
    fix: 'Run `baseline --version V` with the version that it is at, or `baseline --version none` if its tables have nothing to do with the migrations.',
  }
}
