import { type Difference, factOf } from './diff.ts'
import type { Fact, Snapshot } from './snapshot.ts'
import { inUndoOrder } from './undo.ts'

/**
 * The differences in two parts, each in an order in which they can be undone: what loses nothing, and what has to wait
 * for somebody to look: it drops rows or values, or it is in the way of what does while that still stands.
 */
export function splitByLoss<D extends Difference>(
  differences: readonly D[],
  live: Snapshot,
): { readonly soon: D[]; readonly late: D[] } {
  const late = new Set(differences.filter(takesRows))
  while (true) {
    const kept = [...late].flatMap((difference) => withParts(difference, live))
    const text = kept.map(textOf).join('\n')
    const waiting = differences.filter((one) => !late.has(one) && waits(one, kept, text))
    if (waiting.length === 0) break
    for (const one of waiting) late.add(one)
  }
  const ordered = inUndoOrder(differences)
  return {
    soon: ordered.filter((one) => !late.has(one)),
    late: childrenFirst(
      ordered.filter((one) => late.has(one)),
      live,
    ),
  }
}

/** Whether there is no way to undo it that keeps all rows and values. An extension may have tables of its own. */
export function takesRows({ kind, expected, actual }: Difference): boolean {
  if (kind === 'missing' || !actual) return false
  if (actual.kind === 'column') {
    // what is computed can be computed again
    return actual.is.generated === undefined && (!expected || expected.is.generated !== undefined)
  }
  if (kind === 'unexpected') return actual.kind === 'table' || actual.kind === 'extension'
  const attributes = (fact: Fact | undefined): readonly string[] =>
    Array.isArray(fact?.is.attributes) ? fact.is.attributes : []
  return attributes(actual).some((attribute) => !attributes(expected).includes(attribute))
}

function withParts({ kind, actual }: Difference, live: Snapshot): Fact[] {
  if (kind !== 'unexpected' || !actual) return []
  return actual.kind === 'table'
    ? [actual, ...[...live.values()].filter(({ table }) => table === actual.name)]
    : [actual]
}

/** Whether it is refused while `kept` stand. */
function waits(difference: Difference, kept: readonly Fact[], text: string): boolean {
  const fact = factOf(difference)
  switch (fact.kind) {
    case 'type':
    case 'sequence':
    case 'function':
      return difference.kind === 'unexpected' && mentions(text, bareName(fact))
    case 'primary_key':
    case 'unique':
    case 'index':
      return difference.kind === 'unexpected'
        ? kept.some((other) => refersTo(other, fact))
        : kept.some((other) => other.table !== null && isNamed(other, fact))
    default:
      return false
  }
}

/** Whether a foreign key needs this unique index or key. */
const refersTo = ({ kind, is }: Fact, unique: Fact): boolean =>
  kind === 'foreign_key' &&
  bare(is.references) === unique.table &&
  String(is.referencesColumns) === String(unique.is.columns)

/** Indexes, and the constraints that have one, share their names across tables. */
const isNamed = (one: Fact, other: Fact): boolean =>
  ['primary_key', 'unique', 'exclusion', 'index'].includes(one.kind) &&
  one.table !== other.table &&
  one.is.schema === other.is.schema &&
  (one.kind === 'index' ? one.name : one.is.name) ===
    (other.kind === 'index' ? other.name : (other.is.name ?? null))

function bareName({ name, is }: Fact): string {
  const own = typeof is.schema === 'string' ? name.slice(is.schema.length + 1) : name
  return own.replace(/\(.*$/s, '')
}

const mentions = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w$])${name.replace(/\W/g, '\\$&')}(?![\\w$])`).test(text)

const textOf = ({ is }: Fact): string => Object.values(is).flat().join('\n')

/** A table's name as facts have it, whether it is quoted or not. */
const bare = (name: unknown): string => String(name).replaceAll('"', '')

/** Tables that refer to others, or are parts of them, before those. */
function childrenFirst<D extends Difference>(late: readonly D[], live: Snapshot): D[] {
  const isTable = ({ kind, actual }: D): boolean =>
    kind === 'unexpected' && actual?.kind === 'table'
  const tables = new Map(late.filter(isTable).map((one) => [factOf(one).name, one]))
  const children = new Map<string, string[]>()
  for (const fact of live.values()) {
    const { references, partitionOf, inherits } = fact.is
    for (const parent of [references ?? [], partitionOf ?? [], inherits ?? []].flat()) {
      const child = fact.table ?? fact.name
      children.set(bare(parent), [...(children.get(bare(parent)) ?? []), child])
    }
  }
  const ordered = new Set<D>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    for (const child of children.get(name) ?? []) visit(child)
    const table = tables.get(name)
    if (table) ordered.add(table)
  }
  for (const name of tables.keys()) visit(name)
  const [first] = tables.values()
  return late.flatMap((one) => (one === first ? [...ordered] : isTable(one) ? [] : [one]))
}
