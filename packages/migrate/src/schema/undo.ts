import { type Difference, factOf } from './diff.ts'
import { type Fact, type FactKind, factKey, type Snapshot } from './snapshot.ts'

/** What takes a difference back. */
export interface Undo {
  /** They lose no row and no value. None where what undoes another difference undoes this one, too. */
  readonly statements: readonly string[]
  /** What is left to do after, and takes rows or values along: for whoever has looked at them. */
  readonly destroys: readonly string[]
  /** Whether the table is made anew as `after` has it, with whatever else of it was still to be undone. */
  readonly remade?: true
}

/** Where a difference is undone: the schema just before it, once it is undone, and as it is to be in the end. */
export interface UndoStage {
  readonly now: Snapshot
  readonly after: Snapshot
  readonly expected: Snapshot
}

/** Undone by what undoes another difference. */
export const UNDONE_ELSEWHERE: Undo = { statements: [], destroys: [] }

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
  const { kind, is } = factOf(difference)
  // a function whose body was read depends on columns, and they cannot change under it
  const at = kind === 'function' && is.parsed ? MADE.indexOf('column') + 0.5 : MADE.indexOf(kind)
  return difference.kind === 'unexpected' ? -at : at + 1
}

/** Differences in an order in which they can be undone: what is too much goes first, the last made before the others. */
export const inUndoOrder = <D extends Difference>(differences: readonly D[]): D[] =>
  differences.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))

/** `schema` once the difference is undone; `expected` is as it is to be in the end. */
export function onceUndone(
  schema: Snapshot,
  difference: Difference,
  expected: Snapshot,
): ReadonlyMap<string, Fact> {
  const fact = factOf(difference)
  // a table comes and goes with what belongs to it
  const isWhole = fact.kind === 'table' && difference.kind !== 'different'
  const concerns = (other: Fact): boolean =>
    factKey(other) === difference.key || (isWhole && other.table === fact.name)
  return new Map([
    ...[...schema].filter(([, other]) => !concerns(other)),
    ...[...expected]
      .filter(([, other]) => concerns(other))
      .map(([key, other]) => [key, isWhole ? other : placed(other, schema.get(key))] as const),
  ])
}

/** A column stays where it stands; one that is new comes last. */
const placed = (fact: Fact, live: Fact | undefined): Fact =>
  fact.kind === 'column'
    ? { ...fact, position: live?.position ?? NEW + (fact.position ?? 0) }
    : fact

const NEW = 1e6

/** Columns in the order in which they stand, as far as it is known. */
export const inPlace = (facts: readonly Fact[]): Fact[] =>
  facts.toSorted((a, b) => (a.position ?? NEW) - (b.position ?? NEW))
