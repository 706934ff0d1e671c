import { type Difference, factOf } from './diff.ts'
import { type Fact, type FactKind, factKey, type Snapshot } from './snapshot.ts'

/** What is made first stands first: what comes later may need it. */
const MADE: readonly FactKind[] = [
  'extension',
  'type',
  'sequence',
  'function',
  'table',
  'column',
  'primary_key',
  'unique',
  'index',
  'exclusion',
  'check',
  'foreign_key',
  'view',
  'trigger',
  'owner',
  'grant',
]

const rank = (difference: Difference): number => {
  const at = MADE.indexOf(factOf(difference).kind)
  return difference.kind === 'unexpected' ? -at : at + 1
}

/** Differences in an order in which they can be undone: what is too much goes first, the last made before the others. */
export const inUndoOrder = <D extends Difference>(differences: readonly D[]): D[] =>
  differences.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))

/**
 * Each difference with the schema as it is once it and those before it are undone: `live` at first, `expected` at the
 * end.
 */
export function undoSteps<D extends Difference>(
  differences: readonly D[],
  live: Snapshot,
  expected: Snapshot,
): { readonly difference: D; readonly then: Snapshot }[] {
  let then = live
  return differences.map((difference) => {
    const fact = factOf(difference)
    // a table comes and goes with what belongs to it
    const isWhole = fact.kind === 'table' && difference.kind !== 'different'
    const concerns = (other: Fact): boolean =>
      factKey(other) === difference.key || (isWhole && other.table === fact.name)
    then = new Map([
      ...[...then].filter(([, other]) => !concerns(other)),
      ...[...expected].filter(([, other]) => concerns(other)),
    ])
    return { difference, then }
  })
}
