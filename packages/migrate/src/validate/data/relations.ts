import type { Relation } from '../../config/expectations.ts'
import type { DialectName } from '../../dialect/port.ts'
import { quarantineOf } from '../schema.ts'
import type { Condition, Group } from './condition.ts'
import { columnsOf, isIndexed, type Table } from './tables.ts'

/** A relation whose tables are known. */
export interface Related {
  readonly relation: Relation
  readonly table: Table
  readonly parent: Table
}

/** Rows that name a row which is not there. A row that has NULL in one of the columns names none. */
export function orphans(
  group: Extract<Group, 'foreign keys' | 'relations'>,
  related: Related,
  dialect: DialectName,
): Condition {
  const { relation, table } = related
  const { columns, references, referencesColumns } = relation
  const object = `${table.name}.${columns.join(',')} -> ${references}`
  return {
    group,
    table,
    where: orphanWhere(related, dialect),
    ...(dialect === 'postgres' && { apart: isSorted(related) ? 'sorted' : 'single' }),
    allowed: 0,
    finding: (rows) => ({
      code: 'ORPHANS',
      severity: 'error',
      message: `${rows} of ${table.name}: ${columns.join(', ')} names no ${referencesColumns.join(', ')} of ${references}.`,
      at: { object },
      fix: `\`validate --fix\` moves them, and what belongs to them, to ${quarantineOf(table.name)}.`,
      mend: { kind: 'quarantine', ...relation, table: table.name },
    }),
  }
}

const isNamed = (alias: string, columns: readonly string[]): string =>
  columnsOf(alias, columns)
    .map((column) => `${column} IS NOT NULL`)
    .join(' AND ')

const isSame = (alias: string, { columns, referencesColumns }: Relation): string => {
  const names = columnsOf('t', columns)
  // the parent's column stands first: on SQLite its affinity and collation decide
  return columnsOf(alias, referencesColumns)
    .map((column, at) => `${column} = ${names[at]}`)
    .join(' AND ')
}

/** SQL that is true of a row `t` that names none. */
export function orphanWhere({ relation, parent }: Related, dialect: DialectName): string {
  const { columns, referencesColumns } = relation
  const named = isNamed('t', columns)
  if (dialect === 'sqlite' && !isIndexed(parent, referencesColumns)) {
    // a list that is made once: without an index every row would read the parents anew
    const list = columnsOf('p', referencesColumns).join(', ')
    const own = columnsOf('t', columns).join(', ')
    const parents = `SELECT ${list} FROM ${parent.from} AS p WHERE ${isNamed('p', referencesColumns)}`
    return `${named} AND (${own}) NOT IN (${parents})`
  }
  return `${named} AND NOT EXISTS (SELECT 1 FROM ${parent.from} AS p WHERE ${isSame('p', relation)})`
}

const isSorted = ({ relation, table, parent }: Related): boolean =>
  isIndexed(table, relation.columns) && isIndexed(parent, relation.referencesColumns)
