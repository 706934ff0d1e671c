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
export { getMigrationManager, type ManagerOptions, type MigrationManager } from './manager.ts'
export { searchWorkOrders, type WorkOrderMatch } from './search.ts'
export { runMigrationsOnStartup, type StartupOptions } from './startup.ts'
