import type { Session } from '../../dialect/session.ts'
import type { Scene } from '../scene.ts'
import { quoted, type Table } from './tables.ts'

/** The rows of a table that are looked at, as `t`: what stands after FROM, and a condition of theirs. */
export interface Source {
  readonly from: string
  readonly where: string | null
  readonly isWhole: boolean
}

export const allOf = ({ from }: Table): Source => ({
  from: `${from} AS t`,
  where: null,
  isWhole: true,
})

/** Which rows of each table are looked at: all of them, or about `scene.sample`, evenly spread. */
export async function sourceOf({
  dialect,
  session,
  sample,
}: Pick<Scene, 'dialect' | 'session' | 'sample'>): Promise<(table: Table) => Source> {
  if (sample === null) return allOf
  if (dialect.name === 'sqlite') return (table) => sqliteSample(table, sample)
  const rows = await estimates(session)
  return (table) => postgresSample(table, sample, rows.get(table.name) ?? 0)
}

/** Rows at even steps between the first number and the last one: each is found by its number, none is read besides. */
function sqliteSample({ from, rowid }: Table, sample: number): Source {
  if (rowid === null) {
    return { from: `(SELECT * FROM ${from} LIMIT ${sample}) AS t`, where: null, isWhole: false }
  }
  const end = (which: 'min' | 'max'): string => `(SELECT ${which}(${rowid}) FROM ${from})`
  const next = `(SELECT ${rowid} FROM ${from} WHERE ${rowid} >= step ORDER BY ${rowid} LIMIT 1)`
  return {
    from: `${from} AS t`,
    where: `t.${rowid} IN (
      WITH RECURSIVE ends (first, last) AS (SELECT ${end('min')}, ${end('max')}),
        steps (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM steps WHERE n < ${sample - 1}),
        picked (step) AS (SELECT first + CAST((last - first) * (n * 1.0 / ${Math.max(sample - 1, 1)}) AS INTEGER) FROM ends, steps)
      SELECT ${next} FROM picked)`,
    isWhole: false,
  }
}

/** A table of so many rows is read whole, and only some of its rows are taken; a larger one by some of its pages. */
const PAGES_FROM_ROWS = 100_000

function postgresSample(table: Table, sample: number, rows: number): Source {
  if (rows <= sample) return allOf(table)
  const method = rows < PAGES_FROM_ROWS ? 'BERNOULLI' : 'SYSTEM'
  const percent = (100 * sample) / rows
  // the same rows again when examples are asked for
  const clause = `TABLESAMPLE ${method} (${percent}) REPEATABLE (1)`
  return { from: `${table.from} AS t ${clause}`, where: null, isWhole: false }
}

/** How many rows PostgreSQL believes tables of the current schema to have. */
async function estimates(session: Session): Promise<ReadonlyMap<string, number>> {
  const { rows } = await session.query<{ name: string; rows: number }>(
    `SELECT relname AS name, reltuples::float8 AS rows FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')`,
  )
  return new Map(rows.map(({ name, rows }) => [name, rows]))
}

/** The conditions of a source, and another one, after WHERE. */
export const whereOf = ({ where }: Source, condition: string): string =>
  where === null ? condition : `${where} AND (${condition})`

/** What tells a row apart, as columns of `t`. */
export const keyList = ({ key }: Table): string =>
  key.map((column) => `t.${column === 'ctid' ? 'ctid::text AS ctid' : quoted(column)}`).join(', ')
