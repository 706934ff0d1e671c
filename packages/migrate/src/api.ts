import type { MigrateConfig } from './config/define.ts'
import type { Dialect } from './dialect/port.ts'
import type { Sink } from './events.ts'
import type { Category } from './finding.ts'
import type { LogEntry } from './journal/chain.ts'
import type { JournalRow } from './journal/read.ts'
import type { BackupList, BackupResult, CleanupResult, PromoteResult } from './run/backup.ts'
import type { BackupChoice } from './run/choose-backup.ts'
import type { Diagnosis } from './run/diagnose.ts'
import type { DiscardResult } from './run/discard-previous.ts'
import type { DriftResult } from './run/drift.ts'
import type { EmergencyResult } from './run/emergency.ts'
import type { SnapshotResult } from './run/generate-schema.ts'
import type { GrantsResult } from './run/grants-result.ts'
import type { RemovalResult } from './run/leftovers.ts'
import type { MendResult } from './run/mend/mend.ts'
import type { RestoreQuarantinedResult } from './run/mend/restore-quarantined.ts'
import type { ProtectOptions, ProtectResult, UnencryptedBackup } from './run/protect-backups.ts'
import type { RepairAction, RepairResult } from './run/repair.ts'
import type { RestoreResult } from './run/restore.ts'
import type { RunResult } from './run/result.ts'
import type { Status } from './run/status.ts'
import type { TakeOverResult } from './run/take-over.ts'
import type { UnlockResult } from './run/unlock.ts'
import type { ValidationResult } from './run/validate.ts'
import type { BackupVerification } from './run/verify-backups.ts'
import type { Look, LookOptions, Work, WorkOptions } from './run/work.ts'

export interface MigratorOptions {
  readonly config: MigrateConfig
  /** What relative paths in the configuration are relative to. Default: the working folder. */
  readonly folder?: string
  /** Where DATABASE_URL is looked up. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Gets every event of every run. */
  readonly on?: Sink
  /** Aborting it interrupts what runs: the open step is rolled back, the lock released. */
  readonly signal?: AbortSignal
}

/** What every verb that changes something takes. */
export interface ChangeOptions {
  /** Plan only, write nothing. Default false. */
  readonly dryRun?: boolean
  /** False skips the backup, and the log says so. Default true. */
  readonly backup?: boolean
  /** How long to wait for another run, in milliseconds. Default: the configuration's. */
  readonly waitMs?: number
}

export interface MigrateOptions {
  /** Default: all there is. */
  readonly version?: string
  /** Go on although the database was changed behind the back of its migrations; the log says so. Default false. */
  readonly acceptDrift?: boolean
}

/** What of the database is looked at. */
export interface ValidateSelection {
  /** Default all. */
  readonly categories?: readonly Category[]
  /** How many rows of a table to look at. Default all. */
  readonly sample?: number
  /** Also checks indexes against their tables, where PostgreSQL's amcheck is to be had. Default false. */
  readonly deep?: boolean
}

/** A project's migrations on one database. Every call opens what it needs and closes it again. */
export interface Migrator {
  readonly dialect: Dialect['name']
  /** Where the database is, without secrets. */
  readonly location: string
  /** The migrations folder, as an absolute path. */
  readonly migrations: string
  /** What is validated after a change, as configured: what a project does itself follows it too. */
  readonly validateAfter: readonly Category[] | 'off'
  /** Writes nothing. */
  status(): Promise<Status>
  /** The journal's rows, last changed first. Writes nothing. */
  history(options?: { limit?: number }): Promise<JournalRow[]>
  /** The journal's log, newest first. Writes nothing. */
  log(options?: { limit?: number }): Promise<LogEntry[]>
  /** Brings the database to `version` and what it needs, or to all there is. */
  migrate(options?: ChangeOptions & MigrateOptions): Promise<RunResult>
  /** Takes `version` back: by its `down`, or by removing what a failed attempt left. */
  rollback(
    options: ChangeOptions & { version: string; withDependents?: boolean; force?: boolean },
  ): Promise<RunResult | RemovalResult>
  /** Writes nothing. */
  validate(options?: ValidateSelection): Promise<ValidationResult>
  /**
   * Validates, mends what is safe and can be undone (orphans go to quarantine, indexes are built, expected rows added),
   * each recorded in the log, and validates again. What could not be mended is among the `failures`.
   */
  mend(options?: ChangeOptions & ValidateSelection): Promise<MendResult>
  /** Puts the rows back that `mend` took out and whose parents are there again; of all tables, or of one. */
  restoreQuarantined(
    options?: ChangeOptions & { table?: string },
  ): Promise<RestoreQuarantinedResult>
  /**
   * Compares the schema, and on PostgreSQL grants and owners, with what the last run left. Writes nothing. Throws
   * SNAPSHOT_MISSING where that is not known.
   */
  drift(): Promise<DriftResult>
  /** Says what is wrong with a version, and the ways out. Writes nothing. Throws NOTHING_TO_REPAIR. */
  diagnose(version: string): Promise<Diagnosis>
  repair(
    options: Omit<ChangeOptions, 'dryRun'> & {
      version: string
      action: RepairAction
      reason: string
    },
  ): Promise<RepairResult>
  /** Starts a journal for a database that has none. `version` null: at nothing. */
  baseline(
    options: ChangeOptions & { version: string | null; acceptDrift?: boolean },
  ): Promise<TakeOverResult>
  /** Takes over a database that another tool tracks. */
  adopt(options?: ChangeOptions & { acceptDrift?: boolean }): Promise<TakeOverResult>
  /** Makes a verified backup, then removes what the rotation does not keep. The database is not written to. */
  backup(options?: { waitMs?: number }): Promise<BackupResult>
  /** The backups of this database, newest first. Reads no backup, writes nothing. */
  backups(): Promise<BackupList>
  /**
   * Compares the backups' folder with its index, both ways, and every backup (or one file) with its manifest;
   * `restoreTest` also restores each into a throw-away database and compares. Writes nothing else.
   */
  verifyBackups(options?: { file?: string; restoreTest?: boolean }): Promise<BackupVerification>
  /** Puts the newest backup into a tier of the rotation as well. */
  promoteBackup(options: { tier: 'weekly' | 'monthly'; waitMs?: number }): Promise<PromoteResult>
  /** Removes the backups that the rotation does not keep. */
  cleanUpBackups(options?: { dryRun?: boolean; waitMs?: number }): Promise<CleanupResult>
  /** The backups of this database that whoever has their files can read. Writes nothing. */
  unencryptedBackups(): Promise<readonly UnencryptedBackup[]>
  /** Encrypts unencrypted backups for the primary master key, or deletes them, but never the newest verified one. */
  protectBackups(
    options: Omit<ProtectOptions, 'waitMs'> & { waitMs?: number },
  ): Promise<ProtectResult>
  /** Puts a backup in the place of the database. `force` ends the connections of others. */
  restore(options: ChangeOptions & { from: BackupChoice; force?: boolean }): Promise<RestoreResult>
  /** Removes what restores replaced and kept. */
  discardPrevious(options?: { dryRun?: boolean; waitMs?: number }): Promise<DiscardResult>
  unlock(options?: { force?: boolean }): Promise<UnlockResult>
  /**
   * The least rights that the roles need, against those that they have; `apply` sets them, in one transaction. On SQLite
   * the modes of the files. Roles: by default the configuration's. Throws OPTION_MISSING, ROLE_MISSING, RIGHTS_INCOMPLETE.
   */
  grants(options?: {
    apply?: boolean
    appRole?: string
    adminRole?: string
    waitMs?: number
  }): Promise<GrantsResult>
  /**
   * A project's own work: under the run lock, after a verified backup, told in the journal's log. Throws NOT_APPLIED,
   * JOURNAL_FOREIGN, DATABASE_MISSING, and what `body` throws.
   */
  work<T extends { readonly outcome: 'done' | 'nothing' }>(
    options: WorkOptions,
    body: (work: Work) => Promise<T>,
  ): Promise<T>
  /** The same with a session that writes nothing, without lock or backup. */
  look<T>(options: LookOptions, body: (look: Look) => Promise<T>): Promise<T>
  /** Writes, or checks, the generated file that says what each version makes. */
  snapshot(options?: { check?: boolean }): Promise<SnapshotResult>
  /**
   * Writes, or checks, the scripts that roll each version back with the database's own client. Connects to nothing.
   * `folder`: an absolute path; default `rollback`, beside the migrations.
   */
  emergency(options?: { folder?: string; check?: boolean }): Promise<EmergencyResult>
}
