import type { Finding } from '../../finding.ts'
import type { Table } from './tables.ts'

/** Conditions that one check tells of. */
export type Group =
  | 'foreign keys'
  | 'relations'
  | 'required'
  | 'json'
  | 'values'
  | 'dates'
  | 'types'
  | 'single'

/** What no row of a table may be. All that is said of one table is counted in one scan. */
export interface Condition {
  readonly group: Group
  readonly table: Table
  /** SQL that is true of a row `t` at fault. */
  readonly where: string
  /**
   * PostgreSQL: it is counted by a statement of its own, since an index may answer it without the rows. 'sorted': both
   * tables have an index in the order in which they are compared.
   */
  readonly apart?: 'single' | 'sorted'
  /** How many rows may be so. */
  readonly allowed: number
  /** A column of text that must hold JSON, which `where` cannot tell on older PostgreSQL. */
  readonly json?: string
  /** The finding without its rows; `rows` is how many there are, in words. */
  readonly finding: (rows: string) => Finding
}

/** `table.column`. */
export const placeOf = ({ name }: Table, column: string): string => `${name}.${column}`

/** A fault of one column's values. */
export function ofColumn(
  table: Table,
  column: string,
  {
    group,
    where,
    code,
    is,
  }: {
    readonly group: Group
    readonly where: string
    readonly code: Finding['code']
    /** After `5 rows have a value in table.column that`. */
    readonly is: string
  },
): Condition {
  const object = placeOf(table, column)
  return {
    group,
    table,
    where,
    allowed: 0,
    finding: (rows) => ({
      code,
      severity: 'error',
      message: `${rows} of ${table.name}: ${column} ${is}.`,
      at: { object },
      fix: 'Correct the values.',
    }),
  }
}
