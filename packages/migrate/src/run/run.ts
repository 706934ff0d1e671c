import { createBackup } from '../backup/create.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import type { Migration } from '../migration/load.ts'
import { inspectJournal } from '../plan/inspect.ts'
import type { Plan, PlannedStep } from '../plan/plan.ts'
import type { RunContext } from './context.ts'
import { recordExternalChanges } from './external-changes.ts'
import { gather, type World } from './gather.ts'
import { type LockedRun, withLock } from './session.ts'
import { runStep } from './step.ts'
import { inTransaction } from './transaction.ts'

export interface RunOptions {
  readonly verb: string
  readonly dryRun: boolean
  /** False: the user said `--no-backup`. */
  readonly backup: boolean
  readonly waitMs: number
  readonly load: 'pending' | 'all'
}

export interface DoneStep extends PlannedStep {
  readonly durationMs: number
}

export interface RunResult {
  /** 'nothing': there was nothing to do; 'planned': a dry run. */
  readonly outcome: 'done' | 'nothing' | 'planned'
  readonly plan: Plan
  readonly done: readonly DoneStep[]
  /** The backup that was taken first, or null. */
  readonly backup: string | null
}

/** Wraps a verb in `run.started` and `run.finished`. */
export async function announced<T extends { outcome: string }>(
  ctx: RunContext,
  verb: string,
  dryRun: boolean,
  body: () => Promise<T>,
): Promise<T> {
  const { emit } = ctx
  const started = performance.now()
  const durationMs = (): number => Math.round(performance.now() - started)
  emit({ type: 'run.started', verb, database: ctx.dialect.location, dryRun })
  try {
    const result = await body()
    const outcome = result.outcome === 'done' ? 'done' : 'nothing'
    emit({ type: 'run.finished', outcome, durationMs: durationMs() })
    return result
  } catch (thrown) {
    const error =
      (thrown as Error)?.name === 'AbortError'
        ? new MigrateError('INTERRUPTED', { cause: thrown })
        : asMigrateError(thrown)
    emit({
      type: 'run.finished',
      outcome: 'failed',
      durationMs: durationMs(),
      error: error.toJSON(),
    })
    throw error
  }
}

/**
 * Plan → lock → plan again → guards → backup → steps. The plan that runs is the one made under the lock: a runner
 * that waited for another finds that one's work done.
 */
export async function runPlan(
  ctx: RunContext,
  options: RunOptions,
  makePlan: (world: World) => Plan,
): Promise<RunResult> {
  const safePlan = (world: World): Plan => {
    refuse(inspectJournal(world.journal, world.files))
    return makePlan(world)
  }
  const first = safePlan(await gather(ctx, options.load))
  if (options.dryRun) return { outcome: 'planned', plan: first, done: [], backup: null }
  if (first.steps.length === 0) return { outcome: 'nothing', plan: first, done: [], backup: null }

  return withLock(
    ctx,
    { purpose: options.verb, waitMs: options.waitMs, load: options.load },
    async (run) => {
      const plan = safePlan(run.world)
      ctx.emit({
        type: 'run.planned',
        steps: plan.steps.map(({ version, direction }) => ({ version, direction })),
      })
      for (const finding of plan.findings) ctx.emit({ type: 'finding', finding })
      if (plan.steps.length === 0) return { outcome: 'nothing', plan, done: [], backup: null }
      const backup = await openRun(ctx, run, options)
      return { outcome: 'done', plan, done: await runSteps(ctx, run, plan), backup }
    },
  )
}

/** Throws the first finding that stands in the way of a run. */
export function refuse(findings: readonly Finding[]): void {
  const worst = findings.find((finding) => finding.severity === 'error')
  if (!worst) return
  throw new MigrateError(worst.code as MigrateError['code'], {
    message: worst.message,
    ...(worst.fix !== undefined && { hint: worst.fix }),
  })
}

/**
 * What every run does before it changes anything: a verified backup, the journal's tables, and a note of what was
 * changed by hand since the last run. Returns the backup's file, or null where there is nothing to back up.
 */
export async function openRun(
  ctx: RunContext,
  run: LockedRun,
  options: { readonly backup: boolean; readonly verb: string },
): Promise<string | null> {
  const { journal } = run.world
  const isEmpty = journal.kind === 'none' && journal.otherTables.length === 0
  const wanted = options.backup && ctx.settings.backup === 'required'
  const backup =
    wanted && !isEmpty
      ? await createBackup({
          dialect: ctx.dialect,
          folder: ctx.settings.backupDir,
          emit: ctx.emit,
          signal: ctx.signal,
        })
      : null
  if (!wanted) {
    const reason = options.backup ? 'turned off in the configuration' : '--no-backup'
    ctx.emit({ type: 'backup.skipped', reason })
  }
  await inTransaction(run, async () => {
    await run.recorder.createTables()
    if (journal.kind === 'ours') await recordExternalChanges(ctx, run)
    if (backup) {
      await run.recorder.append({
        event: 'backup_taken',
        detail: { verb: options.verb, ...backup },
      })
    } else if (!wanted && !isEmpty) {
      await run.recorder.append({ event: 'backup_skipped', detail: { verb: options.verb } })
    }
  })
  return backup?.file ?? null
}

async function runSteps(ctx: RunContext, run: LockedRun, plan: Plan): Promise<DoneStep[]> {
  const { writer, recorder, lock, world } = run
  const done: DoneStep[] = []
  for (const planned of plan.steps) {
    ctx.signal.throwIfAborted()
    const durationMs = await runStep(
      { ctx, writer, recorder, lock },
      {
        migration: world.loaded.get(planned.version) as Migration,
        direction: planned.direction,
        row: world.rows.get(planned.version),
        dependencies: world.graph.dependencies.get(planned.version) ?? [],
      },
    )
    done.push({ ...planned, durationMs })
  }
  return done
}
