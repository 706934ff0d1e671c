import { type Fact, type Snapshot, snapshotOf } from '../../schema/snapshot.ts'
import { folded } from './catalogue.ts'
import {
  addColumn,
  createIndex,
  createTable,
  createTrigger,
  createView,
  list,
} from './create-table.ts'

/**
 * Statements that make these facts: tables, columns of tables that stand (with foreign keys and checks of one new column),
 * indexes, views, triggers. SQLite cannot add a constraint to a table that stands, nor a column that is a key, unique,
 * stored or NOT NULL without a default: those constraints are left out, and such a column's statement fails on rows.
 */
export const createStatements = (facts: readonly Fact[]): string[] =>
  createWithin(facts, snapshotOf(facts))

/** `known` is the schema that the facts are of. */
export function createWithin(facts: readonly Fact[], known: Snapshot): string[] {
  const of = (kind: Fact['kind']): Fact[] => facts.filter((fact) => fact.kind === kind)
  const tables = of('table')
  const made = new Set(tables.map(({ name }) => folded(name)))
  const parts = Map.groupBy(facts, ({ table }) => folded(table ?? ''))
  const added = of('column').filter(({ table }) => !made.has(folded(table ?? '')))
  return [
    ...tables.map((table) => createTable(table, parts.get(folded(table.name)) ?? [])),
    ...added.map((column) =>
      addColumn(column, onlyOn(column, parts.get(folded(column.table ?? '')) ?? [])),
    ),
    ...of('index').map((index) => createIndex(index, columnsOf(index.table, known))),
    // SQLite looks into views and triggers when they are used
    ...of('view').map(createView),
    ...of('trigger').map(createTrigger),
  ]
}

const columnsOf = (table: string | null, known: Snapshot): string[] =>
  [...known.values()]
    .filter((fact) => fact.kind === 'column' && folded(fact.table ?? '') === folded(table ?? ''))
    .map(({ name }) => name)

const onlyOn = (column: Fact, parts: readonly Fact[]): Fact[] =>
  parts.filter(
    (part) =>
      (part.kind === 'foreign_key' &&
        list(part, 'columns').map(folded).join() === folded(column.name)) ||
      (part.kind === 'check' && mentions(String(part.is.expression), column.name)),
  )

/** Whether a canonical expression names a column. */
export const mentions = (expression: string, column: string): boolean =>
  new RegExp(`(?<![\\w$])${folded(column).replace(/\W/g, '\\$&')}(?![\\w$])`).test(
    folded(expression),
  )
