import { isBeingBuilt, sameDefinition } from './diff.ts'
import { type Fact, factKey, type Snapshot } from './snapshot.ts'
import { composeVersions, type SchemaVersions } from './versions.ts'

/** What an attempt at a version left behind. */
export interface Leftovers {
  /** Exactly what the version would make: its own. */
  readonly exact: readonly Fact[]
  /** Of a name that the version makes, but different: perhaps somebody else's. */
  readonly different: readonly Fact[]
  /** What the applied versions make and the attempt removed or changed: removing leftovers cannot bring it back. */
  readonly damaged: readonly Fact[]
}

/** What is there of `version`, besides what the applied versions make. */
export function findLeftovers(
  versions: SchemaVersions,
  version: string,
  applied: readonly string[],
  live: Snapshot,
): Leftovers {
  const expected = composeVersions(versions, applied)
  const { adds = [], removes = [] } = versions.get(version) ?? {}
  const exact: Fact[] = []
  const different: Fact[] = []
  const damaged: Fact[] = []
  for (const fact of adds) {
    const key = factKey(fact)
    const found = live.get(key)
    const before = expected.get(key)
    if (before) {
      if (!found || !sameDefinition(before, found)) damaged.push(before)
    } else if (found && !isBeingBuilt(found)) {
      const own = isBuilt(fact, found) && (fact.kind !== 'table' || isOwn(adds, live, fact))
      ;(own ? exact : different).push(found)
    }
  }
  for (const key of removes) {
    const before = expected.get(key)
    const found = live.get(key)
    if (before && !(found && sameDefinition(before, found))) damaged.push(before)
  }
  return { exact, different, damaged }
}

/** An index whose build was broken off is the version's own all the same. */
function isBuilt(fact: Fact, found: Fact): boolean {
  const { invalid: _, ...is } = found.is
  return sameDefinition(fact, { ...found, is })
}

/** What belongs to a table but may well come later than it. */
const SEPARATE = new Set(['index', 'trigger'])

/** Whether a table has the columns and constraints that `made` gives it, no more and no fewer. */
export function isSameTable(made: readonly Fact[], live: Snapshot, table: string): boolean {
  const own = (fact: Fact): boolean => fact.table === table && !SEPARATE.has(fact.kind)
  const expected = made.filter(own)
  const found = [...live.values()].filter(own)
  return (
    expected.length === found.length &&
    expected.every((fact) => {
      const there = live.get(factKey(fact))
      return there !== undefined && sameDefinition(fact, there)
    })
  )
}

/** As {@link isSameTable}, and nobody has built anything on it. */
function isOwn(made: readonly Fact[], live: Snapshot, table: Fact): boolean {
  const known = new Set(made.map(factKey))
  const strangers = [...live.values()].some(
    (fact) => fact.table === table.name && !known.has(factKey(fact)),
  )
  return !strangers && isSameTable(made, live, table.name)
}
