import type { Fact } from '../../schema/snapshot.ts'
import { constraintText } from './create-constraint.ts'
import { listOf, literal, nameOf, quote, tableOf, textIn } from './fact-names.ts'

/** A table with these columns and constraints. Columns come in the order in which they are given. */
export function createTable(table: Fact, parts: readonly Fact[]): string[] {
  const { is } = table
  const columns = parts.filter(({ kind }) => kind === 'column')
  const constraints = parts.filter(({ kind }) => kind !== 'column').map(constraintText)
  const inside = [...columns.map(columnText), ...constraints].join(', ')
  const parent = textIn(table, 'partitionOf')
  // a partition that has columns of its own was a table before
  const born = parent !== null && columns.length === 0
  const inherits = listOf(table, 'inherits')
  const statement = [
    `CREATE ${is.persistence === 'unlogged' ? 'UNLOGGED ' : ''}TABLE ${nameOf(table)}`,
    born ? `PARTITION OF ${parent}` : '',
    born && inside === '' ? '' : `(${inside})`,
    born ? is.bound : '',
    inherits.length > 0 ? `INHERITS (${inherits.join(', ')})` : '',
    is.partitionedBy === undefined ? '' : `PARTITION BY ${is.partitionedBy}`,
    withOptions(table),
  ]
  return [
    statement.filter((part) => part !== '').join(' '),
    ...(parent !== null && !born ? [attachPartition(table)] : []),
  ]
}

export const attachPartition = (table: Fact): string =>
  `ALTER TABLE ${table.is.partitionOf} ATTACH PARTITION ${nameOf(table)} ${table.is.bound}`

export const addColumn = (column: Fact): string =>
  `ALTER TABLE ${tableOf(column)} ADD COLUMN ${columnText(column)}`

function columnText(column: Fact): string {
  const { is } = column
  return [
    quote(column.name),
    typeText(column),
    is.generated === undefined
      ? ''
      : `GENERATED ALWAYS AS (${is.generated}) ${is.stored ? 'STORED' : 'VIRTUAL'}`,
    is.identity === undefined ? '' : `GENERATED ${String(is.identity).toUpperCase()} AS IDENTITY`,
    is.default === undefined ? '' : `DEFAULT ${is.default}`,
    is.notNull ? 'NOT NULL' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** A column's type and collation. */
export const typeText = ({ is }: Fact): string =>
  is.collation === undefined ? String(is.type) : `${is.type} COLLATE ${is.collation}`

export function createIndex(index: Fact): string {
  const { is } = index
  const include = listOf(index, 'include')
  return [
    `CREATE ${is.unique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${tableOf(index)}`,
    is.method === undefined ? '' : `USING ${is.method}`,
    `(${listOf(index, 'columns').join(', ')})`,
    include.length > 0 ? `INCLUDE (${include.join(', ')})` : '',
    is.nullsNotDistinct ? 'NULLS NOT DISTINCT' : '',
    withOptions(index),
    is.where === undefined ? '' : `WHERE ${is.where}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** ` WITH (…)` of a table, an index or a view; empty for none. */
export function withOptions(fact: Fact): string {
  const options = listOf(fact, 'options')
  return options.length > 0 ? `WITH (${options.map(optionText).join(', ')})` : ''
}

/** `fillfactor=70` as a statement has it. */
export function optionText(option: string): string {
  const at = option.indexOf('=')
  return `${option.slice(0, at)} = ${literal(option.slice(at + 1))}`
}
