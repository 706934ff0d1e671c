import { randomUUID } from 'node:crypto'
import { type MigrateConfig, resolveConfig, type Settings } from './config/define.ts'
import type { Dialect } from './dialect/port.ts'
import { createEmit, type Sink } from './events.ts'
import { CATEGORIES, type Category } from './finding.ts'
import type { LogEntry } from './journal/chain.ts'
import type { JournalRow } from './journal/read.ts'
import { planUp } from './plan/up.ts'
import { currentActor } from './run/actor.ts'
import { announced } from './run/announce.ts'
import type { BackupList, BackupResult, CleanupResult, PromoteResult } from './run/backup.ts'
import type { BackupChoice } from './run/choose-backup.ts'
import type { RunContext } from './run/context.ts'
import type { DiscardResult } from './run/discard-previous.ts'
import type { EmergencyResult } from './run/emergency.ts'
import { gather } from './run/gather.ts'
import type { SnapshotResult } from './run/generate-schema.ts'
import { readEntries, readRows } from './run/history.ts'
import type { RemovalResult } from './run/leftovers.ts'
import type { ProtectOptions, ProtectResult, UnencryptedBackup } from './run/protect-backups.ts'
import type { RepairAction, RepairResult } from './run/repair.ts'
import type { RestoreResult } from './run/restore.ts'
import type { RunResult } from './run/result.ts'
import { runPlan } from './run/run.ts'
import { readStatus, type Status } from './run/status.ts'
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

/** A project's migrations on one database. Every call opens what it needs and closes it again. */
export interface Migrator {
  readonly dialect: Dialect['name']
  /** Where the database is, without secrets. */
  readonly location: string
  /** The migrations folder, as an absolute path. */
  readonly migrations: string
  /** Writes nothing. */
  status(): Promise<Status>
  /** The journal's rows, last changed first. Writes nothing. */
  history(options?: { limit?: number }): Promise<JournalRow[]>
  /** The journal's log, newest first. Writes nothing. */
  log(options?: { limit?: number }): Promise<LogEntry[]>
  /** Brings the database to `version` and what it needs, or to all there is. */
  migrate(options?: ChangeOptions & { version?: string }): Promise<RunResult>
  /** Takes `version` back: by its `down`, or by removing what a failed attempt left. */
  rollback(
    options: ChangeOptions & { version: string; withDependents?: boolean; force?: boolean },
  ): Promise<RunResult | RemovalResult>
  /** Writes nothing. */
  validate(options?: {
    /** Default all. */
    categories?: readonly Category[]
    /** How many rows of a table to look at. Default all. */
    sample?: number
    /** Also checks indexes against their tables, where PostgreSQL's amcheck is to be had. Default false. */
    deep?: boolean
  }): Promise<ValidationResult>
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

/** Opens a project's migrations. Throws CONFIG_INVALID, URL_INVALID; connects to nothing yet. */
export async function createMigrator(options: MigratorOptions): Promise<Migrator> {
  const { folder = process.cwd(), env = process.env } = options
  const settings = resolveConfig(options.config, folder, env)
  return createMigratorOn(await openDialect(settings), settings, options)
}

/** The only place that chooses a dialect; a driver is loaded only for the database that is used. */
export async function openDialect({ target }: Settings): Promise<Dialect> {
  if (target.dialect === 'sqlite') {
    const { createSqliteDialect } = await import('./dialect/sqlite/dialect.ts')
    return createSqliteDialect(target)
  }
  const { createPostgresDialect } = await import('./dialect/postgres/dialect.ts')
  return createPostgresDialect(target)
}

/**
 * As {@link createMigrator}, on a dialect of the caller's: tests stand at its boundaries. Verbs are loaded when they
 * run, since every start of an application pays for what is loaded before.
 */
export function createMigratorOn(
  dialect: Dialect,
  settings: Settings,
  { on, signal, env = process.env }: Pick<MigratorOptions, 'on' | 'signal' | 'env'> = {},
): Migrator {
  const context = (): RunContext => {
    const runId = randomUUID()
    return {
      dialect,
      settings,
      runId,
      emit: createEmit(runId, on ? [on] : []),
      signal: signal ?? new AbortController().signal,
      actor: currentActor(),
      keys: async () => (await import('./keys/ring.ts')).readKeyRing(settings.masterKey, env),
    }
  }
  const backups = () => import('./run/backup.ts')
  const change = ({ dryRun = false, backup = true, waitMs = settings.lockWaitMs }: ChangeOptions) =>
    ({ dryRun, backup, waitMs }) as const
  const run = <T extends { outcome: string }>(
    verb: string,
    dryRun: boolean | undefined,
    body: (ctx: RunContext) => Promise<T>,
  ): Promise<T> => {
    const ctx = context()
    return announced(ctx, verb, dryRun ?? false, () => body(ctx))
  }

  return {
    dialect: dialect.name,
    location: dialect.location,
    migrations: settings.migrations,
    status: () => readStatus(context()),
    history: ({ limit } = {}) => readRows(dialect, limit),
    log: ({ limit } = {}) => readEntries(dialect, limit),
    migrate: (options = {}) =>
      run('migrate', options.dryRun, (ctx) =>
        runPlan(ctx, { ...change(options), verb: 'migrate', load: 'pending' }, (world) =>
          planUp(world, options.version ?? null),
        ),
      ),
    rollback: (options) =>
      run('rollback', options.dryRun, async (ctx): Promise<RunResult | RemovalResult> => {
        const { version, withDependents = false, force = false } = options
        const { hasLeftovers, removeLeftovers } = await import('./run/leftovers.ts')
        const { planDown } = await import('./plan/down.ts')
        const { rows } = await gather(ctx, 'pending')
        if (hasLeftovers(rows.get(version))) {
          return removeLeftovers(ctx, { ...change(options), version, force })
        }
        return runPlan(ctx, { ...change(options), verb: 'rollback', load: 'all' }, (world) =>
          planDown(world, version, withDependents),
        )
      }),
    async validate({ categories = CATEGORIES, sample = null, deep = false } = {}) {
      const { validate } = await import('./run/validate.ts')
      return validate(context(), { categories, sample, deep, pages: true })
    },
    repair: (options) =>
      run('repair', false, async (ctx) => {
        const { repair } = await import('./run/repair.ts')
        return repair(ctx, { ...options, ...change(options) })
      }),
    baseline: (options) =>
      run('baseline', options.dryRun, async (ctx) => {
        const { baseline } = await import('./run/take-over.ts')
        const { version, acceptDrift = false } = options
        return baseline(ctx, version, { ...change(options), acceptDrift })
      }),
    adopt: (options = {}) =>
      run('adopt', options.dryRun, async (ctx) => {
        const { adopt } = await import('./run/take-over.ts')
        return adopt(ctx, { ...change(options), acceptDrift: options.acceptDrift ?? false })
      }),
    backup: ({ waitMs = settings.lockWaitMs } = {}) =>
      run('backup', false, async (ctx) => (await backups()).backup(ctx, waitMs)),
    backups: async () => (await backups()).listBackups(context()),
    async verifyBackups({ file, restoreTest = false } = {}) {
      const { verifyBackups } = await import('./run/verify-backups.ts')
      return verifyBackups(context(), { file, restoreTest })
    },
    promoteBackup: ({ tier, waitMs = settings.lockWaitMs }) =>
      run('promote', false, async (ctx) => (await backups()).promoteNewest(ctx, tier, waitMs)),
    cleanUpBackups: ({ dryRun = false, waitMs = settings.lockWaitMs } = {}) =>
      run('cleanup', dryRun, async (ctx) => (await backups()).cleanup(ctx, { dryRun, waitMs })),
    async unencryptedBackups() {
      const { unencryptedBackups } = await import('./run/protect-backups.ts')
      return unencryptedBackups(context())
    },
    protectBackups: ({ waitMs = settings.lockWaitMs, ...options }) =>
      run('protect', false, async (ctx) => {
        const { protectBackups } = await import('./run/protect-backups.ts')
        return protectBackups(ctx, { ...options, waitMs })
      }),
    restore: (options) =>
      run('restore', options.dryRun, async (ctx) => {
        const { restore } = await import('./run/restore.ts')
        return restore(ctx, {
          ...change(options),
          from: options.from,
          force: options.force ?? false,
        })
      }),
    discardPrevious: ({ dryRun = false, waitMs = settings.lockWaitMs } = {}) =>
      run('discard', dryRun, async (ctx) => {
        const { discardPrevious } = await import('./run/discard-previous.ts')
        return discardPrevious(ctx, { dryRun, waitMs })
      }),
    unlock: ({ force = false } = {}) =>
      run('unlock', false, async (ctx) => (await import('./run/unlock.ts')).unlock(ctx, force)),
    work: (options, body) =>
      run(options.name, false, async (ctx) => {
        const { work } = await import('./run/work.ts')
        const { encryptBackup = false } = options
        return work(ctx, { ...options, ...change(options), encryptBackup }, body)
      }),
    async look(options, body) {
      const { look } = await import('./run/work.ts')
      const ctx = context()
      const { value } = await announced(ctx, options.name, true, async () => ({
        outcome: 'looked',
        value: await look(ctx, options, body),
      }))
      return value
    },
    snapshot: ({ check = false } = {}) =>
      run('snapshot', check, async (ctx) => {
        const { generateSchema } = await import('./run/generate-schema.ts')
        return generateSchema(ctx, check)
      }),
    async emergency({ folder, check = false } = {}) {
      const { emergencyScripts } = await import('./run/emergency.ts')
      return emergencyScripts(context(), { folder: folder ?? null, check })
    },
  }
}
