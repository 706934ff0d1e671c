export { type DatabaseTarget, parseDatabaseUrl, Secret } from './config/database-url.ts'
export { CODES, type ErrorCode, MigrateError } from './errors.ts'
export type { Blocker, LockHolder, RunEvent, Sink } from './events.ts'
export type { Finding, Severity } from './finding.ts'
export {
  defineMigration,
  type MigrationContext,
  type MigrationDefinition,
  type MigrationFunction,
} from './migration/define.ts'
