import { type Difference, diffSnapshots, isBeingBuilt } from '../schema/diff.ts'
import { findLeftovers } from '../schema/leftovers.ts'
import { type Fact, factKey, type Snapshot } from '../schema/snapshot.ts'
import type { DriftBase } from './drift-base.ts'
import type { World } from './gather.ts'

/** Something that this tool made and did not finish, or did not clean up. */
export interface Leftover extends Difference {
  /** Where it comes from and what ends it, as a sentence; commands in backticks. */
  readonly why: string
}

/** How the names of what an online change makes for the time being begin. */
const EXPAND_PREFIX = '_expand_'

/** How the names of tables begin that were made anew, as they were before. */
const BEFORE_PREFIX = '_before_'

/** What is there of failed versions, of index builds that were broken off and of abandoned online changes. */
export function driftLeftovers(world: World, base: DriftBase, live: Snapshot): Leftover[] {
  const found = new Map<string, Leftover>()
  for (const fact of live.values()) {
    const why = reasonOf(fact, base.schema)
    if (why !== null) found.set(factKey(fact), { ...asUnexpected(fact), why })
  }
  for (const leftover of ofFailedVersions(world, base, live)) found.set(leftover.key, leftover)
  const tables = new Set(
    [...found.values()].flatMap(({ actual }) => (actual?.kind === 'table' ? [actual.name] : [])),
  )
  // a table says it for all that belongs to it
  return [...found.values()].filter(({ actual }) => !tables.has(actual?.table ?? ''))
}

function reasonOf(fact: Fact, before: Snapshot): string | null {
  if (isBeingBuilt(fact)) return null
  if (fact.kind === 'index' && fact.is.invalid === true) {
    const expected = before.get(factKey(fact))
    // one that was sound before is more than a leftover
    if (expected && expected.is.invalid !== true) return null
    return 'The build of this index was broken off: it takes room, and no query uses it.'
  }
  if (fact.kind === 'table' && fact.name.startsWith(BEFORE_PREFIX) && !before.has(factKey(fact))) {
    return 'The table was made anew, and these are its rows as they were: drop it once you have looked.'
  }
  const isTemporary = fact.kind === 'trigger' || fact.kind === 'column'
  if (!isTemporary || !fact.name.startsWith(EXPAND_PREFIX) || before.has(factKey(fact))) return null
  return 'An online change made it for the time being, and was abandoned.'
}

function ofFailedVersions(world: World, base: DriftBase, live: Snapshot): Leftover[] {
  const inState = (status: string): string[] =>
    world.graph.order.filter((id) => world.rows.get(id)?.status === status)
  const applied = inState('applied')
  const checksums = new Map(world.files.map(({ version, checksum }) => [version, checksum]))
  return inState('failed').flatMap((version) => {
    const versions = base.generated()?.versions
    if (!versions || versions.get(version)?.checksum !== checksums.get(version)) return []
    const { exact, damaged } = findLeftovers(versions, version, applied, live)
    const ways = `\`migrate\` completes it, \`rollback --version ${version}\` removes what it left.`
    return [
      ...exact.map((fact) => ({
        ...asUnexpected(fact),
        why: `It was left by ${version}, which failed: ${ways}`,
      })),
      ...damaged
        .flatMap((fact) => diffSnapshots(only(fact, fact), only(fact, live.get(factKey(fact)))))
        .map((difference) => ({
          ...difference,
          why: `It was changed or removed by ${version}, which failed: \`migrate\` completes it.`,
        })),
    ]
  })
}

const asUnexpected = (fact: Fact): Difference => ({
  kind: 'unexpected',
  key: factKey(fact),
  actual: fact,
})

const only = ({ kind, table, name }: Fact, fact: Fact | undefined): Snapshot =>
  new Map(fact ? [[factKey({ kind, table, name }), fact]] : [])
