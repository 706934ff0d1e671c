import type { Session } from '../../dialect/session.ts'
import type { Condition } from './condition.ts'
import { parsing } from './postgres-json.ts'
import type { Source } from './source.ts'
import type { Table } from './tables.ts'

export interface TableScan {
  readonly table: Table
  readonly conditions: readonly Condition[]
  readonly source: Source
  /** Columns of text that PostgreSQL is to parse as JSON: the statement fails where one does not. */
  readonly parsed: readonly string[]
}

/** How many rows were looked at, and how many of them each condition is true of. */
export interface TableCounts {
  readonly rows: number
  readonly counts: ReadonlyMap<Condition, number>
}

/** One statement that reads the table once. */
export function scanStatement({ conditions, source, parsed }: TableScan): string {
  const joins: string[] = []
  const counts = conditions.map(({ where, inScan }, at) => {
    if (inScan) joins.push(inScan.join(`p${at}`))
    const fault = inScan ? inScan.where(`p${at}`) : where
    return `count(*) FILTER (WHERE ${fault}) AS c${at}`
  })
  const checks = parsed.map((column, at) => `${parsing(column)} AS j${at}`)
  const select = ['count(*) AS n', ...counts, ...checks].join(', ')
  const where = source.where === null ? '' : ` WHERE ${source.where}`
  return [`SELECT ${select} FROM ${source.from}`, ...joins].join(' ') + where
}

export async function scanTable(session: Session, scan: TableScan): Promise<TableCounts> {
  const { rows } = await session.query<Record<string, number>>(scanStatement(scan))
  const [row] = rows
  return {
    rows: Number(row?.n),
    counts: new Map(
      scan.conditions.map((condition, at) => [condition, Number(row?.[`c${at}`])] as const),
    ),
  }
}
