import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { closure, type Graph } from '../migration/graph.ts'
import { compareVersions, nearest } from '../migration/version.ts'
import type { Plan, PlannedMigration, PlannedRow, PlannedStep, StepReason } from './plan.ts'

export interface PlanInput {
  readonly graph: Graph
  readonly migrations: ReadonlyMap<string, PlannedMigration>
  readonly rows: ReadonlyMap<string, PlannedRow>
}

const isApplied = (input: PlanInput, version: string): boolean =>
  input.rows.get(version)?.status === 'applied'

/** Versions that are in the files and not applied: a set difference, never a high-water mark. */
export const pendingVersions = (input: PlanInput): string[] =>
  input.graph.order.filter((version) => !isApplied(input, version))

/**
 * What brings the database to `target` and what that needs, or all that is pending. Throws UNKNOWN_VERSION.
 * Findings that stand in the way are the caller's to add: this plans as if there were none.
 */
export function planUp(input: PlanInput, target: string | null): Plan {
  const { graph } = input
  const pending = pendingVersions(input)
  if (target !== null) assertKnown(input, target)
  const wanted =
    target === null ? null : closure([target], (version) => graph.dependencies.get(version) ?? [])
  const steps: PlannedStep[] = []
  const leftOut: string[] = []
  for (const version of pending) {
    if (wanted && !wanted.has(version)) leftOut.push(version)
    else steps.push(upStep(input, version, target))
  }
  return {
    direction: 'up',
    target,
    steps,
    leftOut,
    findings: outOfOrder(input, steps),
  }
}

/** Throws UNKNOWN_VERSION, with the nearest name. */
export function assertKnown(input: PlanInput, version: string): void {
  if (input.migrations.has(version)) return
  const near = nearest(version, input.migrations.keys())
  throw new MigrateError('UNKNOWN_VERSION', {
    message: `There is no version ${version}.${near ? ` Is ${near} meant?` : ''}`,
  })
}

function upStep(input: PlanInput, version: string, target: string | null): PlannedStep {
  const migration = input.migrations.get(version) as PlannedMigration
  const status = input.rows.get(version)?.status
  const fresh: StepReason = target === null || version === target ? 'pending' : 'needed'
  return {
    version,
    direction: 'up',
    description: migration.description,
    reason: status === 'failed' ? 'retry' : status === 'rolled_back' ? 'again' : fresh,
    transaction: migration.transaction.up,
  }
}

/** A version that comes before the newest applied one was merged late: it runs, and that is worth knowing. */
function outOfOrder(input: PlanInput, steps: readonly PlannedStep[]): Finding[] {
  const newest = [...input.rows.keys()]
    .filter((version) => isApplied(input, version))
    .reduce<string | null>((a, b) => (a !== null && compareVersions(a, b) > 0 ? a : b), null)
  if (newest === null) return []
  return steps
    .filter((step) => !input.rows.has(step.version) && compareVersions(step.version, newest) < 0)
    .map((step) => ({
      code: 'OUT_OF_ORDER',
      severity: 'warning',
      message: `${step.version} runs now, after ${newest}, which is applied already.`,
      at: { version: step.version },
    }))
}
