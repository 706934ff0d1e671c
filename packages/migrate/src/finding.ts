import type { ErrorCode } from './codes.ts'
import type { Place } from './errors.ts'

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
  readonly severity: Severity
  readonly message: string
  /** What it is about: a version, a table, an object of the schema. */
  readonly at?: Place & { readonly version?: string; readonly object?: string }
  /** What mends it; commands stand in backticks, without the command line's name. */
  readonly fix?: string
}
