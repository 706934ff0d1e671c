import type { Migration } from '../migration/load.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunContext } from './context.ts'
import type { World } from './gather.ts'
import { openRun } from './open.ts'
import type { DoneStep, RunOptions, RunResult } from './result.ts'
import { type LockedRun, withLock } from './session.ts'
import { runStep } from './step.ts'
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
    if (plan.steps.length === 0) return { outcome: 'nothing', plan, done: [], backup: null }
    const backup = await openRun(ctx, run, options)
    const done = await withWayBack(backup, () => runSteps(ctx, run, plan))
    return { outcome: 'done', plan, done, backup }
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
