import type { Table, TableId, Unit } from './table.ts'

/** A row of a table must take at most `atMost` times another row, or of the table's unit where `of` is null. */
export interface Goal {
  readonly table: TableId
  readonly row: string
  readonly of: string | null
  readonly atMost: number
}

/** All goals. A peer that takes JavaScript is compared with ours on JavaScript, one that takes SQL with ours on SQL. */
export const GOALS: readonly Goal[] = [
  { table: 'apply sqlite', row: 'ours-js', of: 'umzug', atMost: 0.25 },
  { table: 'apply sqlite', row: 'ours-js', of: 'kysely', atMost: 0.25 },
  { table: 'apply sqlite', row: 'ours-sql', of: 'dbmate', atMost: 0.5 },
  { table: 'apply postgres', row: 'ours-js', of: 'knex', atMost: 1 },
  { table: 'apply postgres', row: 'ours-js', of: 'kysely', atMost: 0.65 },
  { table: 'apply postgres', row: 'ours-js', of: 'node-pg-migrate', atMost: 0.5 },
  // drizzle is the fastest peer that reads its files; it verifies none of them
  // every start of an application loads the tool and its driver, too; the call alone is shown, for what it is worth:
  // ours loads part of itself in it, the others loaded all of themselves before
  { table: 'nothing sqlite, with loading', row: 'ours-sql', of: 'drizzle', atMost: 1 },
  { table: 'nothing postgres, with loading', row: 'ours-sql', of: 'drizzle', atMost: 1 },
  { table: 'status', row: 'ours', of: 'dbmate from npm', atMost: 1 },
  { table: 'takeover', row: 'sqlite', of: null, atMost: 2000 },
  { table: 'takeover', row: 'postgres', of: null, atMost: 2000 },
  { table: 'drift', row: 'sqlite', of: null, atMost: 50 },
  { table: 'drift', row: 'postgres', of: null, atMost: 50 },
  { table: 'plan', row: '10000 migrations', of: null, atMost: 100 },
  // ten times the migrations; more than that by a quarter where the caches no longer hold them
  { table: 'plan', row: '10000 migrations', of: '1000 migrations', atMost: 12.5 },
  { table: 'plan', row: '100000 migrations', of: '10000 migrations', atMost: 12.5 },
  { table: 'backup', row: 'ours', of: 'sqlite3 .backup', atMost: 1.2 },
  { table: 'backup', row: 'ours, verification', of: 'ours', atMost: 1 },
  // flat: ten times the database, and half as much again for what a runtime collects later
  { table: 'backup memory', row: '1 GB', of: null, atMost: 200 },
  { table: 'backup memory', row: '1 GB', of: '100 MB', atMost: 1.5 },
  { table: 'compress', row: 'ours', of: 'gzip -6', atMost: 1 / 3 },
  { table: 'compress size', row: 'ours', of: 'gzip -6', atMost: 1 },
  { table: 'compress memory', row: '1 GB', of: null, atMost: 200 },
  { table: 'compress memory', row: '1 GB', of: '100 MB', atMost: 1.5 },
  { table: 'dump', row: 'ours', of: 'pg_dump -Fc', atMost: 1.1 },
  { table: 'dump', row: 'ours, verification', of: 'ours', atMost: 1 },
  { table: 'dump memory', row: 'ours', of: null, atMost: 200 },
  { table: 'dump memory', row: 'ours --compress', of: null, atMost: 200 },
  // half of what the machine can do at all: parsing the same files and adding the same rows
  { table: 'import sqlite', row: 'import', of: 'ceiling', atMost: 2 },
  { table: 'import postgres', row: 'import', of: 'ceiling', atMost: 2 },
  { table: 'import memory', row: 'sqlite', of: null, atMost: 400 },
  { table: 'import memory', row: 'postgres', of: null, atMost: 400 },
  {
    table: 'validate sqlite',
    row: 'validate',
    of: 'integrity_check, foreign_key_check',
    atMost: 2,
  },
  { table: 'validate postgres', row: 'validate', of: 'one scan of every table', atMost: 2 },
  { table: 'validate memory sqlite', row: '1,000,000 rows', of: '100,000 rows', atMost: 1.25 },
  { table: 'validate memory postgres', row: '1,000,000 rows', of: '100,000 rows', atMost: 1.25 },
]

export interface Verdict {
  readonly goal: Goal
  /** The table's. */
  readonly unit: Unit
  /** The ratio, or a number of that unit; null where a row was not measured. */
  readonly measured: number | null
  readonly met: boolean
}

/** What the table says of its goals. A row that is missing misses its goal. */
export function judge({ id, unit = 'ms', rows }: Table): Verdict[] {
  const median = (name: string) => rows.find((row) => row.name === name)?.median
  return GOALS.filter((goal) => goal.table === id).map((goal) => {
    const value = median(goal.row)
    const base = goal.of === null ? 1 : median(goal.of)
    const measured = value === undefined || base === undefined ? null : value / base
    return { goal, unit, measured, met: measured !== null && measured <= goal.atMost }
  })
}
