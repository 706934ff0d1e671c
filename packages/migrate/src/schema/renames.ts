import { type Difference, factOf, sameDefinition } from './diff.ts'
import { type Fact, factKey, type Snapshot, snapshotOf } from './snapshot.ts'

/** A table or a column that goes by another name, or stands in another schema, than it should. */
export interface Rename {
  readonly from: Fact
  readonly to: Fact
}

/**
 * What was renamed, so that its rows need not go: a table that is missing and one that is unexpected with the same
 * columns, a column that is missing and one that is unexpected with the same definition on the same table. Where it could
 * be one of several it is taken for none.
 */
export function findRenames(
  differences: readonly Difference[],
  live: Snapshot,
  expected: Snapshot,
): Rename[] {
  const of = (kind: Difference['kind'], sort: Fact['kind']): Fact[] =>
    differences.filter((one) => one.kind === kind && factOf(one).kind === sort).map(factOf)
  const isSame = (from: Fact, to: Fact): boolean =>
    from.kind === 'table'
      ? hasColumnsOf(from, live, to, expected)
      : from.table === to.table && sameDefinition(from, to) && isPlain(from)
  return (['table', 'column'] as const).flatMap((sort) => {
    const [gone, come] = [of('missing', sort), of('unexpected', sort)]
    return gone.flatMap((to) => {
      const [from, ...more] = come.filter((one) => isSame(one, to))
      if (!from || more.length > 0) return []
      return gone.filter((other) => isSame(from, other)).length === 1 ? [{ from, to }] : []
    })
  })
}

const isPlain = ({ is }: Fact): boolean => is.generated === undefined

function hasColumnsOf(from: Fact, live: Snapshot, to: Fact, expected: Snapshot): boolean {
  if (!sameDefinition(moved(from, { from, to }), to)) return false
  const columns = (schema: Snapshot, { name }: Fact): Fact[] =>
    [...schema.values()].filter((fact) => fact.kind === 'column' && fact.table === name)
  const [there, wanted] = [columns(live, from), columns(expected, to)]
  return (
    wanted.length > 0 &&
    there.length === wanted.length &&
    there.every((column) => {
      const now = moved(column, { from, to })
      return wanted.some((other) => factKey(other) === factKey(now) && sameDefinition(other, now))
    })
  )
}

/** The live schema as it is once these are renamed. Texts of views and triggers stay as they were read. */
export const afterRenames = (live: Snapshot, renames: readonly Rename[]): Snapshot =>
  renames.length === 0
    ? live
    : snapshotOf([...live.values()].map((fact) => renames.reduce(moved, fact)))

const moved = (fact: Fact, rename: Rename): Fact =>
  rename.from.kind === 'table' ? withTable(fact, rename) : withColumn(fact, rename)

function withTable(fact: Fact, { from, to }: Rename): Fact {
  const isOwn = fact.table === from.name
  if (factKey(fact) === factKey(from)) return { ...to, is: inSchema(fact.is, from, to) }
  if (isOwn) return named({ ...fact, table: to.name, is: inSchema(refer(fact), from, to) }, fact)
  return named({ ...fact, is: refer(fact) }, fact)

  function refer({ is }: Fact): Fact['is'] {
    return is.references === from.name ? { ...is, references: to.name } : is
  }
}

/** What a part says once its table stands in another schema. */
function inSchema(is: Fact['is'], from: Fact, to: Fact): Fact['is'] {
  if (from.is.schema === to.is.schema) return is
  const { schema: _, ...rest } = is
  const before = (schema: unknown): string => (typeof schema === 'string' ? `${schema}.` : '')
  const entries = Object.entries(rest).map(([part, value]) => [
    part,
    typeof value === 'string'
      ? value.replace(`nextval('${before(from.is.schema)}`, `nextval('${before(to.is.schema)}`)
      : value,
  ])
  return {
    ...(typeof to.is.schema === 'string' && { schema: to.is.schema }),
    ...Object.fromEntries(entries),
  }
}

/** The parts of a definition that name columns. */
const NAMING = new Set(['columns', 'include', 'expression', 'where', 'generated', 'definition'])

function withColumn(fact: Fact, { from, to }: Rename): Fact {
  if (factKey(fact) === factKey(from)) return { ...fact, name: to.name }
  const word = new RegExp(`(?<![\\w$])${from.name.replace(/\W/g, '\\$&')}(?![\\w$])`, 'g')
  const change = (text: string): string => text.replace(word, () => to.name)
  const isOwn = fact.table === from.table
  const refers = fact.is.references === from.table
  const entries = Object.entries(fact.is).map(([part, value]) => {
    if (!(isOwn && NAMING.has(part)) && !(refers && part === 'referencesColumns')) {
      return [part, value]
    }
    return [
      part,
      typeof value === 'string' ? change(value) : Array.isArray(value) ? value.map(change) : value,
    ]
  })
  return named({ ...fact, is: Object.fromEntries(entries) }, fact)
}

/** Constraints go by their columns: the name that it has now. */
function named(fact: Fact, before: Fact): Fact {
  const { kind, is, name } = fact
  if (kind === 'foreign_key') {
    return { ...fact, name: `${is.columns}->${is.references}.${is.referencesColumns}` }
  }
  if (kind === 'unique') return { ...fact, name: String(is.columns) }
  return kind === 'check' && name === before.is.expression
    ? { ...fact, name: String(is.expression) }
    : fact
}
