import {
  createMigrator,
  type Finding,
  type JournalRow,
  type MigrateConfig,
  MigrateError,
  type Migrator,
  type Plan,
  type RemovalResult,
  type RunResult,
  type Sink,
  type Status,
} from '@fossawork/migrate'
import { project } from './config.ts'

export interface ManagerOptions extends Pick<MigrateConfig, 'backupCompression' | 'backupKeep'> {
  /** Default 'when-key': backups are encrypted where FossaWork's master key is set. */
  readonly backupEncryption?: MigrateConfig['backupEncryption']
  /** Default: DATABASE_URL, then sqlite:///./fossawork_v2.db in the working folder. */
  readonly databaseUrl?: string
  /** Where backups go. Default: `backups` beside the SQLite file, or in the working folder. */
  readonly backupDir?: string
  /** Whether a run that changes something takes a verified backup first. Default 'required'. */
  readonly backup?: MigrateConfig['backup']
  /** How long to wait for another instance that migrates, in milliseconds. Default 60,000. */
  readonly lockWaitMs?: number
  /** Gets every event of every run. */
  readonly on?: Sink
}

/** FossaWork's migrations, for the application. Errors are MigrateErrors, with codes as in `docs/errors.md`. */
export interface MigrationManager {
  getStatus(): Promise<Status>
  /** Whether anything is pending. Writes nothing. */
  checkMigrationNeeded(): Promise<boolean>
  /** Brings the database to `version` and what it needs, or to the latest. */
  autoMigrate(options?: { version?: string }): Promise<RunResult>
  /** What `autoMigrate` would do. Writes nothing. */
  dryRun(options?: { version?: string }): Promise<Plan>
  rollback(version: string): Promise<RunResult | RemovalResult>
  /** The schema and the journal against what the applied migrations make. Writes nothing. */
  validateSchema(): Promise<{ ok: boolean; findings: readonly Finding[] }>
  /** The journal's rows, last changed first. */
  getMigrationHistory(options?: { limit?: number }): Promise<JournalRow[]>
  /** Migrates if need be, then proves that nothing is pending and nothing stands in the way. */
  ensureLatest(): Promise<Status>
}

/** FossaWork's migrations as the engine has them: what `importV1` and `encryptCredentials` work on. */
export function openMigrator(options: ManagerOptions = {}): Promise<Migrator> {
  const { on, backupEncryption = project.backupEncryption, ...config } = options
  return createMigrator({
    config: { ...config, ...project, backupEncryption },
    ...(on && { on }),
  })
}

export function getMigrationManager(options: ManagerOptions = {}): MigrationManager {
  let opened: Promise<Migrator> | undefined
  const migrator = (): Promise<Migrator> => {
    opened ??= openMigrator(options)
    return opened
  }
  const manager: MigrationManager = {
    getStatus: async () => (await migrator()).status(),
    checkMigrationNeeded: async () => (await manager.getStatus()).pending.length > 0,
    autoMigrate: async (target = {}) => (await migrator()).migrate(target),
    dryRun: async (target = {}) => {
      const { plan } = await (await migrator()).migrate({ ...target, dryRun: true })
      return plan
    },
    rollback: async (version) => (await migrator()).rollback({ version }),
    validateSchema: async () => (await migrator()).validate(),
    getMigrationHistory: async (limits = {}) => (await migrator()).history(limits),
    async ensureLatest() {
      await manager.autoMigrate()
      const status = await manager.getStatus()
      if (status.pending.length === 0) return status
      throw new MigrateError('PLAN_STALE', {
        message: `The database is not at the latest version: ${status.pending.join(', ')} pending.`,
      })
    },
  }
  return manager
}
