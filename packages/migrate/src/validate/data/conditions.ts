import type { Expectation } from '../../config/expectations.ts'
import type { DialectName } from '../../dialect/port.ts'
import { type Condition, ofColumn, placeOf } from './condition.ts'
import { orphans } from './relations.ts'
import { sqliteTypes } from './sqlite-types.ts'
import { isIndexed, literal, quoted, type Table } from './tables.ts'

export interface ConditionOptions {
  readonly dialect: DialectName
  readonly expectations: readonly Expectation[]
  /** Declared foreign keys are counted in the scan. */
  readonly foreignKeys: boolean
  /** All that is expected of the data is. */
  readonly data: boolean
  /** The day that this is. */
  readonly now: Date
}

/** All that no row may be. An expectation of a table or a column that is not there says nothing. */
export function conditionsOf(
  tables: ReadonlyMap<string, Table>,
  { dialect, expectations, foreignKeys, data, now }: ConditionOptions,
): Condition[] {
  const scanned = [...tables.values()].filter(({ isScanned }) => isScanned)
  return [
    ...(foreignKeys ? scanned.flatMap((table) => declared(table, tables, dialect)) : []),
    ...(data && dialect === 'sqlite' ? scanned.flatMap(sqliteTypes) : []),
    ...(data ? expectations.flatMap((one) => expected(one, tables, { dialect, now })) : []),
  ]
}

const declared = (
  table: Table,
  tables: ReadonlyMap<string, Table>,
  dialect: DialectName,
): Condition[] =>
  table.foreignKeys.flatMap((relation) => {
    const parent = tables.get(relation.references)
    return parent ? [orphans('foreign keys', { relation, table, parent }, dialect)] : []
  })

function expected(
  expectation: Expectation,
  tables: ReadonlyMap<string, Table>,
  { dialect, now }: Pick<ConditionOptions, 'dialect' | 'now'>,
): Condition[] {
  const table = tables.get(expectation.table)
  if (!table?.isScanned) return []
  const there = (columns: readonly string[]): string[] =>
    columns.filter((column) => table.columns.has(column))
  switch (expectation.kind) {
    case 'relation': {
      const { kind: _, ...relation } = expectation
      const parent = tables.get(relation.references)
      const isThere =
        there(relation.columns).length === relation.columns.length &&
        relation.referencesColumns.every((column) => parent?.columns.has(column))
      const isDeclared = table.foreignKeys.some(
        (key) => key.columns.join() === relation.columns.join(),
      )
      if (!parent || !isThere || isDeclared) return []
      return [orphans('relations', { relation, table, parent }, dialect)]
    }
    case 'required':
      return there(expectation.columns).map((column) => required(table, column, dialect))
    case 'json':
      return there(expectation.columns).flatMap((column) => json(table, column, dialect))
    case 'values':
      return there([expectation.column]).map((column) =>
        ofColumn(table, column, {
          group: 'values',
          where: `t.${quoted(column)} NOT IN (${expectation.values.map(literal).join(', ')})`,
          code: 'VALUE_UNKNOWN',
          is: `is none of ${expectation.values.join(', ')}`,
        }),
      )
    case 'dates':
      return there(expectation.columns).map((column) =>
        outOfRange(table, column, { ...expectation, dialect, now }),
      )
    case 'single':
      return there([expectation.column]).map((column) => several(table, column))
    case 'rows':
      return []
  }
}

function required(table: Table, column: string, dialect: DialectName): Condition {
  const value = `t.${quoted(column)}`
  const { type = '', notNull = false } = table.columns.get(column) ?? {}
  const isText = dialect === 'sqlite' || /^(?:text|char|citext)/.test(type)
  const empty = isText ? [`${value} = ''`] : []
  // the schema itself forbids NULL there, and tells when it no longer does
  const missing = notNull && isText ? [] : [`${value} IS NULL`]
  const condition = ofColumn(table, column, {
    group: 'required',
    where: [...missing, ...empty].join(' OR '),
    code: 'VALUE_MISSING',
    is: 'is empty',
  })
  return { ...condition, ...byIndex(table, column, dialect) }
}

/** What compares a column with constants is found in its index, which is read at a few places. */
const byIndex = (table: Table, column: string, dialect: DialectName): Pick<Condition, 'apart'> =>
  dialect === 'postgres' && isIndexed(table, [column]) ? { apart: 'single' } : {}

function json(table: Table, column: string, dialect: DialectName): Condition[] {
  const value = `t.${quoted(column)}`
  const type = table.columns.get(column)?.type
  const isTyped = type === 'JSON' || type === 'json' || type === 'jsonb'
  if (isTyped) return []
  const where = dialect === 'sqlite' ? `NOT json_valid(${value})` : `${value} IS NOT JSON`
  const is = 'is not JSON'
  return [
    {
      ...ofColumn(table, column, { group: 'json', where, code: 'JSON_INVALID', is }),
      json: column,
    },
  ]
}

const DAY = 86_400_000

function outOfRange(
  table: Table,
  column: string,
  about: {
    readonly from: string
    readonly days: number
    readonly dialect: DialectName
    readonly now: Date
  },
): Condition {
  const value = `t.${quoted(column)}`
  const last = new Date(about.now.getTime() + about.days * DAY)
  const to = last.toISOString().slice(0, 10)
  // ISO 8601 sorts as it stands, and a day before the times in it; what is no date is told as that
  const where =
    about.dialect === 'sqlite'
      ? `${value} NOT BETWEEN ${literal(about.from)} AND ${literal(`${to}~`)} AND typeof(${value}) = 'text' AND julianday(${value}) IS NOT NULL`
      : `${value} NOT BETWEEN ${literal(about.from)} AND ${literal(`${to} 24:00Z`)}`
  const condition = ofColumn(table, column, {
    group: 'dates',
    where,
    code: 'DATE_INVALID',
    is: `is not between ${about.from} and ${to}`,
  })
  return { ...condition, ...byIndex(table, column, about.dialect) }
}

const several = (table: Table, column: string): Condition => ({
  group: 'single',
  table,
  where: `t.${quoted(column)}`,
  allowed: 1,
  finding: (rows) => ({
    code: 'SEVERAL_ACTIVE',
    severity: 'error',
    message: `${rows} of ${table.name} have ${column} set, where only one may.`,
    at: { object: placeOf(table, column) },
    fix: 'Leave it set in one of them.',
  }),
})
