import { inspectJournal } from '../plan/inspect.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunContext } from './context.ts'
import { gather, type World } from './gather.ts'
import { refuse } from './refuse.ts'
import type { RunOptions, RunResult } from './result.ts'

const NOTHING = { done: [], backup: null, validation: null }

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
  const world = await gather(ctx, options.load)
  const first = safePlan(world)
  if (options.dryRun) return { outcome: 'planned', plan: first, ...NOTHING }
  if (first.steps.length === 0) return { outcome: 'nothing', plan: first, ...NOTHING }

  // what a start with nothing to do never needs
  const { executePlan } = await import('./execute.ts')
  return executePlan(ctx, options, safePlan, world)
}
