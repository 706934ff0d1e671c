import { MigrateError } from '../../errors.ts'
import { type Mending, markedBy } from './mending.ts'
import type { Place } from './quarantine-table.ts'

/** Rows of one table that were moved, or put back. */
export interface MovedRows {
  readonly table: string
  readonly rows: number
}

/** A table of which rows were copied to quarantine. */
export interface Copied extends Place {
  /** SQL that is true of those of its rows `t`. */
  readonly copied: string
}

/**
 * Removes what was copied from its tables, proves that nothing else went, and takes the mark off. SQLite's transaction
 * also compares the rows of all other tables at its end. Throws ROWS_LOST.
 */
export async function removeCopied(
  mending: Mending,
  copied: readonly Copied[],
): Promise<MovedRows[]> {
  const { writer, runId } = mending
  const before = await Promise.all(copied.map(({ from }) => countOf(mending, from)))
  const removed = await remove(mending, copied)
  const moved: MovedRows[] = []
  for (const [at, { table, from, into }] of copied.entries()) {
    const { affected: rows } = await writer.query(
      `UPDATE ${into} SET quarantine_run = '${runId}' WHERE ${markedBy(mending)}`,
    )
    const left = await countOf(mending, from)
    if (left + rows !== before[at]) throw rowsLost(table, before[at] ?? 0, rows, left)
    moved.push({ table, rows })
  }
  const copies = moved.reduce((sum, { rows }) => sum + rows, 0)
  if (removed > copies) throw othersLost(moved, removed - copies)
  return moved
}

/** How many rows went, triggers of the tables counted in; 0 where that cannot be told. */
async function remove(mending: Mending, copied: readonly Copied[]): Promise<number> {
  const { writer, dialect } = mending
  const deletes = copied.map(({ from, copied }) => `DELETE FROM ${from} AS t WHERE ${copied}`)
  if (dialect.name === 'sqlite') {
    for (const statement of deletes) await writer.query(statement)
    return 0
  }
  const before = await deletedSoFar(mending)
  // foreign keys are looked at when all of a statement is done, and find nothing left to do then
  const parts = deletes.map((statement, at) => `d${at} AS (${statement})`)
  await writer.query(`WITH ${parts.join(', ')} SELECT 1`)
  return (await deletedSoFar(mending)) - before
}

/** Rows that PostgreSQL counts as deleted in this transaction, and perhaps in those just before. */
async function deletedSoFar({ writer }: Mending): Promise<number> {
  const { rows } = await writer.query<{ n: number }>(
    'SELECT COALESCE(sum(n_tup_del), 0)::bigint AS n FROM pg_stat_xact_user_tables',
  )
  return Number(rows[0]?.n)
}

async function countOf({ writer }: Mending, table: string): Promise<number> {
  const { rows } = await writer.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)
  return Number(rows[0]?.n)
}

const rowsLost = (table: string, before: number, moved: number, left: number): MigrateError =>
  new MigrateError('ROWS_LOST', {
    message: `${table} had ${before} rows; ${moved} were copied to quarantine, and ${left} would be left. It is rolled back.`,
    hint: `Look for triggers of ${table} that remove rows, and put its rows right by hand.`,
  })

const othersLost = (moved: readonly MovedRows[], lost: number): MigrateError =>
  new MigrateError('ROWS_LOST', {
    message: `With the rows of ${moved.map(({ table }) => table).join(', ')}, ${lost} others would have been removed. It is rolled back.`,
    hint: 'Look for triggers of these tables that remove rows of others, and put the rows right by hand.',
  })
