export type {
  ChangeOptions,
  MigrateOptions,
  Migrator,
  MigratorOptions,
  ValidateSelection,
} from './api.ts'
export type { Archive, ArchiveManifest } from './backup/archive/archive-manifest.ts'
export type { ArchiveRequest } from './backup/archive/archive-request.ts'
export { listArchives, readArchive, writeArchive } from './backup/archive/sealed.ts'
export type { Manifest, Tier } from './backup/catalogue/manifest.ts'
export type { VerifiedBackup } from './backup/catalogue/verification.ts'
export type {
  Answer,
  ArgumentSpec,
  Command,
  CommandContext,
  CommandLoaders,
  Example,
  FlagSpec,
  OptionSpecs,
  OptionValues,
  ValueSpec,
} from './cli/command.ts'
export { defineCommand } from './cli/command.ts'
export { type Cli, type CliOptions, createCli } from './cli/create-cli.ts'
export type { Io } from './cli/io.ts'
export type { JsonAnswer, JsonDocument, JsonFailure, JsonResults } from './cli/json.ts'
export {
  CHANGE_OPTIONS,
  changeOverrides,
  choice,
  count,
  DRY_RUN,
  flag,
  many,
  required,
  text,
  YES,
} from './cli/options.ts'
export { renderFindings } from './cli/render/findings.ts'
export { bytes, counted, duration } from './cli/render/format.ts'
export { type Column, table } from './cli/render/table.ts'
export type { View } from './cli/render/view.ts'
export { CODES, type ErrorCode } from './codes.ts'
export { type DatabaseTarget, parseDatabaseUrl } from './config/database-url.ts'
export {
  type BackupKeep,
  type Compression,
  defineConfig,
  type MigrateConfig,
} from './config/define.ts'
export type { Expectation, ExpectedRows, Relation } from './config/expectations.ts'
export type {
  CheckLook,
  OnRecord,
  ProjectCheck,
  RecordTransaction,
} from './config/project-check.ts'
export type { DialectName } from './dialect/port.ts'
export type { BulkValue, QueryResult, Row } from './dialect/session.ts'
export { asMigrateError, type ErrorDetails, MigrateError, type Place } from './errors.ts'
export type { Blocker, LockHolder, RunEvent, Sink } from './events.ts'
export { stamp } from './file-system.ts'
export type { Category, Checked, Finding, Severity } from './finding.ts'
export type { LogEntry } from './journal/chain.ts'
export type { JournalRow, VersionStatus } from './journal/read.ts'
export { ageRecipient } from './keys/age.ts'
export { deriveBytes } from './keys/derive.ts'
export { addPrimaryKey, retireKey } from './keys/generate.ts'
export type { MasterKey } from './keys/master-key.ts'
export { type KeyRing, readKeyRing } from './keys/ring.ts'
export type { MasterKeySource } from './keys/source.ts'
export {
  defineMigration,
  type MigrationContext,
  type MigrationDefinition,
  type MigrationFunction,
} from './migration/define.ts'
export { createMigrator } from './migrator.ts'
export type { Plan, PlannedStep, StepReason } from './plan/plan.ts'
export type {
  BackupList,
  BackupResult,
  CleanupResult,
  ListedBackup,
  PromoteResult,
} from './run/backup.ts'
export type { BackupChoice } from './run/choose-backup.ts'
export type { Diagnosis } from './run/diagnose.ts'
export type { DiscardResult } from './run/discard-previous.ts'
export type { DriftDifference, DriftLeftover, DriftResult } from './run/drift.ts'
export type { DriftSource } from './run/drift-base.ts'
export type { EmergencyResult } from './run/emergency.ts'
export type { SnapshotResult } from './run/generate-schema.ts'
export type { GrantsResult } from './run/grants-result.ts'
export type { RemovalResult } from './run/leftovers.ts'
export type { MendResult } from './run/mend/mend.ts'
export type { Mended } from './run/mend/mended.ts'
export type { MovedRows } from './run/mend/remove-copied.ts'
export type { RestoreQuarantinedResult } from './run/mend/restore-quarantined.ts'
export type {
  ProtectedBackup,
  ProtectOptions,
  ProtectResult,
  UnencryptedBackup,
} from './run/protect-backups.ts'
export type { RepairAction, RepairResult } from './run/repair.ts'
export type { RestoreResult, RowChange } from './run/restore.ts'
export type { DoneStep, RunResult } from './run/result.ts'
export type { Status, VersionState } from './run/status.ts'
export type { TakeOverResult } from './run/take-over.ts'
export type { UnlockResult } from './run/unlock.ts'
export type { ValidationResult } from './run/validate.ts'
export type { BackupVerification } from './run/verify-backups.ts'
export type { LeftBehind, Problem, WayOut } from './run/ways-out.ts'
export type { Look, LookOptions, Work, WorkOptions, WorkProgress } from './run/work.ts'
export { Secret } from './secret.ts'
