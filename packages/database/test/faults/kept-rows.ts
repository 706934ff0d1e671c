import assert from 'node:assert/strict'
import type { Victim } from './fault.ts'

/** Each table's rows with those of its quarantine, as texts in order. */
export type Rows = ReadonlyMap<string, readonly string[]>

/** What a quarantine knows of a row besides, and what is computed. */
const BESIDES = ['quarantined_at', 'quarantine_reason', 'quarantine_run', 'search']

/** The journal, and what follows the rows of another table. */
const isOwn = (table: string): boolean => !/^(?:schema_migration|work_orders_fts)/.test(table)

const QUARANTINE = 'quarantine_'

export async function rowsOf(victim: Pick<Victim, 'dialect' | 'read'>): Promise<Rows> {
  const [tables = []] = await victim.read(
    victim.dialect === 'sqlite'
      ? "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
      : "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
  )
  const names = tables.map(({ name }) => String(name)).filter(isOwn)
  const rows = new Map<string, string[]>()
  const found = await victim.read(...names.map((name) => `SELECT * FROM ${name}`))
  for (const [at, name] of names.entries()) {
    const table = name.startsWith(QUARANTINE) ? name.slice(QUARANTINE.length) : name
    rows.set(table, [...(rows.get(table) ?? []), ...(found[at] ?? []).map(textOf)].sort())
  }
  return rows
}

const textOf = (row: Record<string, unknown>): string =>
  JSON.stringify(
    Object.entries(row)
      .filter(([name]) => !BESIDES.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** No row is lost or altered; `growing` tables may have more. */
export function assertKept(before: Rows, after: Rows, growing: readonly string[]): void {
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort())
  for (const [table, rows] of before) {
    const now = after.get(table) ?? []
    if (growing.includes(table)) assert.ok(now.length >= rows.length, table)
    else assert.deepEqual(now, rows, table)
  }
}
