import type { ErrorCode } from './codes.ts'
import type { Place } from './errors.ts'

/** What `validate` can look at. */
export const CATEGORIES = [
  'schema',
  'indexes',
  'constraints',
  'data',
  'security',
  'tracking',
] as const
export type Category = (typeof CATEGORIES)[number]

export type Severity = 'error' | 'warning' | 'info'

/** What a check of a backups' folder finds, besides BACKUP_DAMAGED and BACKUP_NEWER. */
export type BackupFindingCode =
  | 'BACKUP_MISSING'
  | 'BACKUP_UNLISTED'
  | 'BACKUP_CUT'
  | 'BACKUP_RENAMED'
  | 'BACKUP_SWAPPED'
  | 'BACKUP_UNREADABLE'
  | 'BACKUP_MENDED'
  | 'MANIFEST_MISSING'
  | 'MANIFEST_DAMAGED'
  | 'MANIFEST_ALTERED'
  | 'INDEX_DAMAGED'
  | 'REMOVAL_UNFINISHED'
  | 'REMOVAL_FAILED'
  | 'TOO_OPEN'
  | 'OTHER_DATABASE'
  | 'OTHER_HOST'
  | 'FUTURE_DATE'

/** What a restore leaves to be done. */
export type RestoreFindingCode =
  | 'PROPERTIES_DEFAULTED'
  | 'SETTING_NOT_CARRIED'
  | 'SLOT_LEFT_BEHIND'
  | 'SUBSCRIPTION_DISABLED'

/** What an encryption of stored secrets leaves to be done, besides CREDENTIAL_UNREADABLE. */
export type CredentialFindingCode =
  | 'SECRET_IN_CLEAR'
  | 'JSON_UNREADABLE'
  | 'TEXT_UNREADABLE'
  | 'PASSWORD_UNCLEAR'
  | 'PURGE_INCOMPLETE'
  | 'BACKUP_IN_CLEAR'
  | 'KEY_IN_USE'
  | 'KEY_NOT_RETIRED'

/** What `validate` finds, besides SCHEMA_DIFFERS, JOURNAL_CHAIN_BROKEN and what a run would refuse for. */
export type ValidationFindingCode =
  | 'INDEX_MISSING'
  | 'INDEX_DIFFERS'
  | 'INDEX_INVALID'
  | 'INDEX_DUPLICATE'
  | 'FOREIGN_KEY_UNINDEXED'
  | 'CONSTRAINT_MISSING'
  | 'CONSTRAINT_DIFFERS'
  | 'CONSTRAINT_UNPROVEN'
  | 'CONSTRAINT_BROKEN'
  | 'FILE_CORRUPT'
  | 'INDEX_CORRUPT'
  | 'ORPHANS'
  | 'VALUE_MISSING'
  | 'VALUE_UNKNOWN'
  | 'VALUE_MISTYPED'
  | 'VALUE_TOO_LONG'
  | 'JSON_INVALID'
  | 'DATE_INVALID'
  | 'SEVERAL_ACTIVE'
  | 'IMPORT_DIFFERS'
  | 'ROW_MISSING'
  | 'ROW_INACTIVE'
  | 'CONNECTION_IN_CLEAR'
  | 'ROLE_TOO_STRONG'
  | 'RIGHTS_MISSING'
  | 'KEY_UNUSABLE'
  | 'BACKUP_OLD'
  | 'BACKUP_UNPROVEN'
  | 'LOG_UNGUARDED'
  | 'IN_QUARANTINE'
  | 'SNAPSHOT_DAMAGED'
  | 'CHECK_FAILED'
  | 'VERSION_FAILED'

/** What comes of keeping the schema with the journal, besides DRIFT, UNEXPLAINED_OBJECT and SNAPSHOT_DAMAGED. */
export type DriftFindingCode = 'SNAPSHOT_NOT_KEPT'

/** How `validate --fix` mends a finding: safely, and so that it can be undone. */
export type Mend =
  /** Builds an index that should be there; `index` is its name. */
  | { readonly kind: 'build_index'; readonly table: string; readonly index: string }
  /** Builds an index that is not valid anew. */
  | { readonly kind: 'rebuild_index'; readonly table: string; readonly index: string }
  /** Moves rows that name no row, and what belongs to them, to `quarantine_<table>`. */
  | {
      readonly kind: 'quarantine'
      readonly table: string
      readonly columns: readonly string[]
      readonly references: string
      readonly referencesColumns: readonly string[]
    }
  /** Adds the expected rows of `table` that are missing, and switches on those that are off. */
  | { readonly kind: 'seed_rows'; readonly table: string; readonly keys: readonly string[] }

/** Something that a check found: a value, not an exception. */
export interface Finding {
  /** An error code where a run would refuse for it, else a name of its own. */
  readonly code:
    | ErrorCode
    | 'OUT_OF_ORDER'
    | 'OLD_ORPHANS'
    | 'CHANGED_BY_HAND'
    | 'UNEXPLAINED_OBJECT'
    | 'LEFTOVER'
    | BackupFindingCode
    | RestoreFindingCode
    | CredentialFindingCode
    | ValidationFindingCode
    | DriftFindingCode
  readonly severity: Severity
  readonly message: string
  /** What it is about: a version, a table, an object of the schema. */
  readonly at?: Place & { readonly version?: string; readonly object?: string }
  /** What mends it; commands stand in backticks, without the command line's name. */
  readonly fix?: string
  /** Of a validation: where it belongs, and the check that found it. */
  readonly category?: Category
  readonly check?: string
  /** How many rows, or other things, it is about. */
  readonly count?: number
  /** At most three of them: `id 17`. Never a value that may be secret. */
  readonly examples?: readonly string[]
  /** How `validate --fix` mends it; what has none is mended by hand. */
  readonly mend?: Mend
}

/** What a check came to. */
export interface Checked {
  /** How many things were looked at. */
  readonly checked: number
  readonly findings: readonly Finding[]
  /** Why nothing could be said. */
  readonly skipped?: string
  /** What else is to be known of it: that it was a sample. */
  readonly note?: string
}
