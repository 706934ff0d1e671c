export { masterKey } from './config.ts'
export {
  type EncryptOptions,
  type EncryptPreview,
  type EncryptResult,
  encryptCredentials,
} from './credentials/encrypt.ts'
export { hashPassword, type PasswordCost, verifyPassword } from './credentials/passwords.ts'
export { type RotateOptions, type RotateResult, rotateCredentials } from './credentials/rotate.ts'
export {
  type Credential,
  type CredentialStore,
  type CredentialStoreOptions,
  createCredentialStore,
} from './credentials/store.ts'
export {
  getMigrationManager,
  type ManagerOptions,
  type MigrationManager,
  openMigrator,
} from './manager.ts'
export { searchWorkOrders, type WorkOrderMatch } from './search.ts'
export { runMigrationsOnStartup, type StartupOptions } from './startup.ts'
export { type ImportOptions, type ImportResult, importV1 } from './v1/import/import.ts'
export type { ImportReport } from './v1/import/report.ts'
export { retryQuarantine } from './v1/import/retry-quarantine.ts'
export { showQuarantine } from './v1/import/show-quarantine.ts'
