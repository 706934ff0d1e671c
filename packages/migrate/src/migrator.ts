import { randomUUID } from 'node:crypto'
import type { ChangeOptions, Migrator, MigratorOptions, ValidateSelection } from './api.ts'
import { resolveConfig, type Settings } from './config/define.ts'
import type { Dialect } from './dialect/port.ts'
import { createEmit } from './events.ts'
import { CATEGORIES } from './finding.ts'
import { planUp } from './plan/up.ts'
import { currentActor } from './run/actor.ts'
import { announced } from './run/announce.ts'
import type { RunContext } from './run/context.ts'
import { gather } from './run/gather.ts'
import { readEntries, readRows } from './run/history.ts'
import type { RemovalResult } from './run/leftovers.ts'
import type { RunResult } from './run/result.ts'
import { runPlan } from './run/run.ts'
import { readStatus } from './run/status.ts'

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

const selected = ({ categories = CATEGORIES, sample, deep = false }: ValidateSelection) =>
  ({ categories, sample: sample ?? null, deep, pages: true }) as const

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
    validateAfter: settings.validateAfter,
    status: () => readStatus(context()),
    history: ({ limit } = {}) => readRows(dialect, limit),
    log: ({ limit } = {}) => readEntries(dialect, limit),
    migrate: (options = {}) =>
      run('migrate', options.dryRun, (ctx) =>
        runPlan(
          ctx,
          {
            ...change(options),
            verb: 'migrate',
            load: 'pending',
            drift: options.acceptDrift ? 'accept' : 'refuse',
          },
          (world) => planUp(world, options.version ?? null),
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
        const settled = { verb: 'rollback', load: 'all', drift: 'tell' } as const
        return runPlan(ctx, { ...change(options), ...settled }, (world) =>
          planDown(world, version, withDependents),
        )
      }),
    async validate(options = {}) {
      const { validate } = await import('./run/validate.ts')
      return validate(context(), selected(options))
    },
    mend: (options = {}) =>
      run('validate --fix', options.dryRun, async (ctx) => {
        const { mend } = await import('./run/mend/mend.ts')
        return mend(ctx, { ...change(options), ...selected(options) })
      }),
    restoreQuarantined: (options = {}) =>
      run('validate --restore-quarantined', options.dryRun, async (ctx) => {
        const { restoreQuarantined } = await import('./run/mend/restore-quarantined.ts')
        return restoreQuarantined(ctx, { ...change(options), table: options.table ?? null })
      }),
    drift: async () => (await import('./run/drift.ts')).drift(context()),
    diagnose: async (version) => (await import('./run/diagnose.ts')).diagnose(context(), version),
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
    grants: ({ apply = false, appRole, adminRole, waitMs = settings.lockWaitMs } = {}) =>
      run('grants', !apply, async (ctx) => {
        const { grants } = await import('./run/grants.ts')
        const app = appRole ?? settings.roles.app ?? null
        const admin = adminRole ?? settings.roles.admin ?? null
        return grants(ctx, { apply, roles: { app, admin }, waitMs })
      }),
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
