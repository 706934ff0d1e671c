import type { Migration } from '../migration/load.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunContext } from './context.ts'
import { guardDrift, recordAccepted } from './drift-guard.ts'
import type { World } from './gather.ts'
import type { LockedRun } from './locked-run.ts'
import { openRun } from './open.ts'
import type { DoneStep, RunOptions, RunResult } from './result.ts'
import { withLock } from './session.ts'
import { runStep } from './step.ts'
import { validateAfter } from './validate-after.ts'
import { withWayBack } from './way-back.ts'

/** Takes the lock, plans anew, backs up, and runs the steps. */
export async function executePlan(
  ctx: RunContext,
  options: RunOptions,
  makePlan: (world: World) => Plan,
  before: World,
): Promise<RunResult> {
  const { verb, waitMs, load } = options
  const lockOptions = { purpose: verb, waitMs, load, loaded: before.loaded }
  return withLock(ctx, lockOptions, async (run) => {
    const plan = makePlan(run.world)
    ctx.emit({
      type: 'run.planned',
      steps: plan.steps.map(({ version, direction }) => ({ version, direction })),
    })
    for (const finding of plan.findings) ctx.emit({ type: 'finding', finding })
    if (plan.steps.length === 0) {
      return { outcome: 'nothing', plan, done: [], backup: null, validation: null }
    }
    const differences = await guardDrift(ctx, run, options.drift)
    const backup = await openRun(ctx, run, options)
    if (options.drift === 'accept') await recordAccepted(run, differences)
    const done = await withWayBack(backup, () => runSteps(ctx, run, plan))
    const validation = await validateAfter(ctx)
    return { outcome: 'done', plan, done, backup, validation }
  })
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
