import type { Session } from '../../dialect/session.ts'
import type { Condition } from './condition.ts'
import { parsing } from './postgres-json.ts'
import { sideBySide } from './postgres-scans.ts'
import { type Source, whereOf } from './source.ts'
import type { Table } from './tables.ts'

export interface TableScan {
  readonly table: Table
  readonly conditions: readonly Condition[]
  readonly source: Source
  /** Columns of text that PostgreSQL is to parse as JSON: the statement fails where one does not. */
  readonly parsed: readonly string[]
}

export interface TableCounts {
  /** How many rows were looked at; null where nobody asked. */
  readonly rows: number | null
  /** How many of them each condition is true of. */
  readonly counts: ReadonlyMap<Condition, number>
}

/** Reads the table once, and indexes for what is asked apart. */
export async function scanTable(session: Session, scan: TableScan): Promise<TableCounts> {
  const { conditions, source, parsed } = scan
  const counts = new Map<Condition, number>()
  const { sorted = [], single = [] } = Object.groupBy(
    conditions.filter(({ apart }) => apart),
    ({ apart }) => (apart === 'sorted' && source.isWhole ? 'sorted' : 'single'),
  )
  const countAll = (some: readonly Condition[]) =>
    Promise.all(some.map(async (one) => counts.set(one, await countApart(session, one, source))))
  if (sorted.length > 0) await sideBySide(session, () => countAll(sorted))
  await countAll(single)
  const together = conditions.filter(({ apart }) => !apart)
  if (together.length === 0 && parsed.length === 0 && source.isWhole) return { rows: null, counts }
  const { rows } = await session.query<Record<string, number>>(scanStatement(together, scan))
  for (const [at, condition] of together.entries())
    counts.set(condition, Number(rows[0]?.[`c${at}`]))
  return { rows: Number(rows[0]?.n), counts }
}

/** One statement that reads the table once. */
function scanStatement(
  conditions: readonly Condition[],
  { source, parsed }: Pick<TableScan, 'source' | 'parsed'>,
): string {
  const counts = conditions.map(({ where }, at) => `count(*) FILTER (WHERE ${where}) AS c${at}`)
  const checks = parsed.map((column, at) => `${parsing(column)} AS j${at}`)
  const select = ['count(*) AS n', ...counts, ...checks].join(', ')
  return `SELECT ${select} FROM ${source.from}${source.where === null ? '' : ` WHERE ${source.where}`}`
}

async function countApart(session: Session, { where }: Condition, source: Source): Promise<number> {
  const { rows } = await session.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${source.from} WHERE ${whereOf(source, where)}`,
  )
  return Number(rows[0]?.n)
}
