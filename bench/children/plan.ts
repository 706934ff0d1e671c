import { performance } from 'node:perf_hooks'
import { createGraph } from '../../packages/migrate/src/migration/graph.ts'
import { planUp } from '../../packages/migrate/src/plan/up.ts'
import { denseGraph } from '../generate.ts'

/** What this process does, as JSON in its one argument. */
export interface PlanJob {
  readonly count: number
}

/** What it prints. */
export interface PlanTiming {
  /** Milliseconds. */
  readonly plan: number
  readonly steps: number
}

const { count }: PlanJob = JSON.parse(process.argv[2] ?? '')
const nodes = denseGraph(count)
const migrations = new Map(
  nodes.map(({ version }) => [
    version,
    {
      version,
      description: version,
      transaction: { up: true, down: true },
      noWayBack: null,
    },
  ]),
)
// the older half is applied, so that every node is looked at and half of them become steps
const applied = nodes.map(({ version }) => version).sort()
const rows = new Map(
  applied.slice(0, count / 2).map((version) => [version, { status: 'applied' as const }]),
)
const started = performance.now()
const plan = planUp({ graph: createGraph(nodes), migrations, rows }, null)
const timing: PlanTiming = { plan: performance.now() - started, steps: plan.steps.length }
process.stdout.write(JSON.stringify(timing))
