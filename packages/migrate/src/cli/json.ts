import type { Place } from '../errors.ts'
import type { Finding } from '../finding.ts'
import type { LogEntry } from '../journal/chain.ts'
import type { JournalRow } from '../journal/read.ts'
import type { BackupList, BackupResult, CleanupResult, PromoteResult } from '../run/backup.ts'
import type { Diagnosis } from '../run/diagnose.ts'
import type { DiscardResult } from '../run/discard-previous.ts'
import type { DriftResult } from '../run/drift.ts'
import type { EmergencyResult } from '../run/emergency.ts'
import type { SnapshotResult } from '../run/generate-schema.ts'
import type { GrantsResult } from '../run/grants-result.ts'
import type { RemovalResult } from '../run/leftovers.ts'
import type { MendResult } from '../run/mend/mend.ts'
import type { RestoreQuarantinedResult } from '../run/mend/restore-quarantined.ts'
import type { RepairResult } from '../run/repair.ts'
import type { RestoreResult } from '../run/restore.ts'
import type { RunResult } from '../run/result.ts'
import type { Status } from '../run/status.ts'
import type { TakeOverResult } from '../run/take-over.ts'
import type { UnlockResult } from '../run/unlock.ts'
import type { ValidationResult } from '../run/validate.ts'
import type { BackupVerification } from '../run/verify-backups.ts'

/** A master key, without the key. `recipient` is whom its backups are encrypted for. */
export interface KeyInfo {
  readonly id: string
  readonly isPrimary: boolean
  readonly recipient: string
}

/** `from` is a file, or the environment variable; `identities` with `export-identity`, unless into a file. */
export type KeysResult =
  | { readonly outcome: 'done'; readonly file: string; readonly keys: readonly KeyInfo[] }
  | { readonly from: string; readonly keys: readonly KeyInfo[]; readonly identities?: string[] }

/** What each of the engine's commands prints with `--json`, beside `ok` and `command`. */
export interface JsonResults {
  status: Status
  /** `entries` with `--audit`. */
  history: { rows: JournalRow[] } | { entries: LogEntry[] }
  plan: RunResult
  migrate: RunResult
  /** A `RemovalResult` where the version had failed or was left running. */
  rollback: RunResult | RemovalResult
  /** `MendResult` with `--fix`, `RestoreQuarantinedResult` with `--restore-quarantined`. */
  validate: ValidationResult | MendResult | RestoreQuarantinedResult
  drift: DriftResult
  /** `findings` without `--version`, a `Diagnosis` without what to do. */
  repair: RepairResult | Diagnosis | { findings: readonly Finding[] } | RunResult | RemovalResult
  baseline: TakeOverResult
  adopt: TakeOverResult
  /** `BackupList` with `--list`, `VerifyResult` with `--verify`, and so on. */
  backup: BackupResult | BackupList | BackupVerification | PromoteResult | CleanupResult
  /** `DiscardResult` with `--discard-previous`. */
  restore: RestoreResult | DiscardResult
  unlock: UnlockResult
  snapshot: SnapshotResult
  emergency: EmergencyResult
  grants: GrantsResult
  keys: KeysResult
  checksums: { outcome: 'done'; file: string; versions: number }
}

/** A command's answer. `ok` is false where the exit status is 3: something needs attention. */
export type JsonAnswer<C extends keyof JsonResults = keyof JsonResults> = {
  [Name in C]: JsonResults[Name] & { readonly ok: boolean; readonly command: Name }
}[C]

/** An error. `command` is null where the command line named none. */
export interface JsonFailure {
  readonly ok: false
  readonly command: string | null
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly at?: Place
  }
}

/** The one document that `--json` prints on stdout. */
export type JsonDocument = JsonAnswer | JsonFailure

/** One line of JSON; commands in hints and fixes get the command line's name in front. */
export const formatJson = (document: object, hint: (text: string) => string): string =>
  JSON.stringify(document, (key, value: unknown) =>
    (key === 'hint' || key === 'fix') && typeof value === 'string' ? hint(value) : value,
  )
