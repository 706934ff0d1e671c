import { MigrateError } from '../errors.ts'
import { closure } from '../migration/graph.ts'
import type { Plan, PlannedMigration, PlannedStep } from './plan.ts'
import { assertKnown, type PlanInput } from './up.ts'

/**
 * What takes `target` back, after the applied versions that need it. Throws UNKNOWN_VERSION, NOT_APPLIED,
 * HAS_DEPENDENTS (unless `withDependents`), IRREVERSIBLE. A version that is failed or running has leftovers, not a
 * way back: see `run/leftovers.ts`.
 */
export function planDown(input: PlanInput, target: string, withDependents: boolean): Plan {
  assertKnown(input, target)
  const isApplied = (version: string) => input.rows.get(version)?.status === 'applied'
  if (!isApplied(target)) {
    throw new MigrateError('NOT_APPLIED', {
      message: `${target} is not applied, so there is nothing to roll back.`,
    })
  }
  const dependents = new Map<string, string[]>()
  for (const [version, needs] of input.graph.dependencies) {
    if (!isApplied(version)) continue
    for (const need of needs) {
      const known = dependents.get(need)
      if (known) known.push(version)
      else dependents.set(need, [version])
    }
  }
  const affected = closure([target], (version) => dependents.get(version) ?? [])
  // what runs last goes first
  const versions = input.graph.order.filter((version) => affected.has(version)).reverse()
  if (versions.length > 1 && !withDependents) {
    const names = versions.slice(0, -1).join(', ')
    throw new MigrateError('HAS_DEPENDENTS', {
      message: `Applied migrations depend on ${target}: ${names}.`,
    })
  }
  const stuck = versions.filter((version) => input.migrations.get(version)?.noWayBack)
  if (stuck[0] !== undefined) {
    const { noWayBack } = input.migrations.get(stuck[0]) as PlannedMigration
    throw new MigrateError('IRREVERSIBLE', {
      message:
        noWayBack === 'irreversible'
          ? `${stuck[0]} declares itself irreversible.`
          : `${stuck[0]} does not say how it is rolled back: it has no down.`,
    })
  }
  return {
    direction: 'down',
    target,
    steps: versions.map((version) => downStep(input, version, target)),
    leftOut: [],
    findings: [],
  }
}

function downStep(input: PlanInput, version: string, target: string): PlannedStep {
  const migration = input.migrations.get(version) as PlannedMigration
  return {
    version,
    direction: 'down',
    description: migration.description,
    reason: version === target ? 'asked' : 'dependent',
    transaction: migration.transaction.down,
  }
}
