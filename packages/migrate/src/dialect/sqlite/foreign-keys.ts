import type { DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import { type ForeignKey, folded, foreignKeys, quoted, sameName } from './catalogue.ts'

/** Turns enforcement on or off. Inside a transaction SQLite ignores that without a word. */
export function enforceForeignKeys(db: DatabaseSync, on: boolean): void {
  if (foreignKeysEnforced(db) === on) return
  db.exec(`PRAGMA foreign_keys=${on ? 'ON' : 'OFF'}`)
  if (foreignKeysEnforced(db) !== on) {
    throw new MigrateError('INTERNAL', {
      message: `SQLite did not turn foreign keys ${on ? 'on' : 'off'}.`,
    })
  }
}

export const foreignKeysEnforced = (db: DatabaseSync): boolean =>
  db.prepare('PRAGMA foreign_keys').get()?.foreign_keys === 1

/** What a transaction under 'checked' began with. */
export interface Before {
  readonly rows: RowCounts
  readonly orphans: Orphans
}

/** By table; null for a virtual table whose module cannot count. */
type RowCounts = ReadonlyMap<string, number | null>

/** Rows that point at nothing, by what tells them apart, or null where the foreign keys themselves are broken. */
type Orphans = ReadonlyMap<string, Orphan> | null

interface Orphan {
  readonly table: string
  readonly parent: string
  /** The row in words: `id=3`. */
  readonly row: string
  readonly count: number
}

export const stateBefore = (db: DatabaseSync): Before => ({
  rows: rowCounts(db),
  orphans: orphans(db),
})

/**
 * Compares with the state before. Throws ROWS_LOST for a table that lost rows and is not in `shrinks`,
 * CHECK_FAILED for a name in `shrinks` that no table has, FOREIGN_KEY_VIOLATION for new orphans; returns old
 * ones.
 */
export function compareWithBefore(
  db: DatabaseSync,
  before: Before,
  shrinks: readonly string[],
): Finding[] {
  const rows = rowCounts(db)
  assertNothingLost(before.rows, rows, shrinks)
  const now = orphans(db)
  if (now === null) {
    if (before.orphans === null) return []
    throw new MigrateError('FOREIGN_KEY_VIOLATION', {
      message: 'A foreign key refers to columns that are not unique, or not there any more.',
    })
  }
  const known = before.orphans ?? new Map()
  const fresh = [...now].filter(([key, { count }]) => count > (known.get(key)?.count ?? 0))
  if (fresh.length > 0) throw violation(fresh.map(([, orphan]) => orphan))
  return oldOrphans([...now.values()])
}

/** The error for rows that point at nothing when a transaction would commit. */
export const violationNow = (db: DatabaseSync): MigrateError =>
  violation([...(orphans(db) ?? new Map<string, Orphan>()).values()])

function assertNothingLost(before: RowCounts, now: RowCounts, shrinks: readonly string[]): void {
  const tables = [...before.keys(), ...now.keys()]
  const unknown = shrinks.find((name) => !tables.some((table) => sameName(table, name)))
  if (unknown !== undefined) {
    throw new MigrateError('CHECK_FAILED', {
      message: `\`shrinks\` names ${unknown}, and there is no such table.`,
      hint: 'Correct the name in `shrinks`.',
    })
  }
  const lost = [...before].filter(([table, count]) => {
    const left = now.get(table)
    if (count === null || left === null || (left ?? 0) >= count) return false
    return !shrinks.some((name) => sameName(name, table))
  })
  if (lost.length === 0) return
  const told = lost.map(([table, count]) => {
    const left = now.get(table)
    return `${table} had ${count} rows and ${left === undefined ? 'is gone' : `has ${left} now`}`
  })
  throw new MigrateError('ROWS_LOST', {
    message: `Rows would have been lost: ${told.join('; ')}. The step is rolled back.`,
  })
}

function rowCounts(db: DatabaseSync): RowCounts {
  const tables = db
    .prepare(
      `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all()
  return new Map(
    tables.map(({ name, type }) => {
      const table = String(name)
      return [table, type === 'virtual' ? countIfPossible(db, table) : countRows(db, table)]
    }),
  )
}

const countRows = (db: DatabaseSync, table: string): number =>
  Number(db.prepare(`SELECT count(*) AS n FROM main.${quoted(table)}`).get()?.n)

function countIfPossible(db: DatabaseSync, table: string): number | null {
  try {
    return countRows(db, table)
  } catch {
    // its module is not there, wants arguments, or misses the table that it reads
    return null
  }
}

function orphans(db: DatabaseSync): Orphans {
  const keys = foreignKeys(db, 'main')
  const broken = violatedKeys(db, keys)
  if (broken === null) return null
  const found = new Map<string, Orphan>()
  for (const foreignKey of broken) {
    for (const { row, count } of orphanRows(db, foreignKey)) {
      const { table, parent } = foreignKey
      const key = JSON.stringify([folded(table), folded(parent), row])
      // a row may point at nothing in several columns
      found.set(key, { table, parent, row, count: count + (found.get(key)?.count ?? 0) })
    }
  }
  return found
}

/** One pass by SQLite over all foreign keys, so that only the violated ones are looked at again. */
function violatedKeys(db: DatabaseSync, keys: readonly ForeignKey[]): ForeignKey[] | null {
  try {
    const violated = db
      .prepare(`SELECT DISTINCT "table" AS child, fkid FROM pragma_foreign_key_check(NULL, 'main')`)
      .all()
    return keys.filter(({ table, id }) =>
      violated.some(({ child, fkid }) => sameName(String(child), table) && fkid === id),
    )
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('foreign key mismatch')) return null
    throw error
  }
}

/** By primary key: a rebuild may number the rowids anew. Without one, by the foreign key's own values. */
function orphanRows(db: DatabaseSync, foreignKey: ForeignKey): { row: string; count: number }[] {
  const { columns, primaryKey } = foreignKey
  const shown = primaryKey.length > 0 ? primaryKey : columns
  const names = shown.map((column) => `c.${quoted(column)}`)
  const statement = db.prepare(
    `SELECT ${names.join(', ')}, count(*) FROM ${tableOf(foreignKey)} AS c
     WHERE ${columns.map((column) => `c.${quoted(column)} IS NOT NULL`).join(' AND ')}
       AND NOT ${matching(foreignKey)}
     GROUP BY ${names.join(', ')}`,
  )
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  return (statement.all() as unknown as unknown[][]).map((values) => ({
    row: shown.map((column, index) => `${column}=${values[index]}`).join(', '),
    count: Number(values.at(-1)),
  }))
}

/** The child's table in SQL. */
export const tableOf = ({ schema, table }: ForeignKey): string =>
  `${quoted(schema)}.${quoted(table)}`

/** SQL that is true of a child row `c` whose parent is there. */
export function matching(foreignKey: ForeignKey): string {
  const { schema, parent, parentExists, columns, parentColumns } = foreignKey
  if (!parentExists || parentColumns.length !== columns.length) return 'false'
  // the parent's column stands first: its affinity and collation decide
  const pairs = columns.map(
    (column, index) => `p.${quoted(parentColumns[index] as string)} = c.${quoted(column)}`,
  )
  return `EXISTS (SELECT 1 FROM ${quoted(schema)}.${quoted(parent)} AS p WHERE ${pairs.join(' AND ')})`
}

function violation(rows: readonly Orphan[]): MigrateError {
  if (rows.length === 0) return new MigrateError('FOREIGN_KEY_VIOLATION')
  const examples = rows.slice(0, 3).map(({ table, parent, row }) => `${table} ${row} → ${parent}`)
  const count = rows.reduce((sum, orphan) => sum + orphan.count, 0)
  return new MigrateError('FOREIGN_KEY_VIOLATION', {
    message: `${count} rows would point at nothing, for example ${examples.join('; ')}. The step is rolled back.`,
  })
}

function oldOrphans(rows: readonly Orphan[]): Finding[] {
  const counts = new Map<string, { table: string; parent: string; count: number }>()
  for (const { table, parent, count } of rows) {
    const key = JSON.stringify([table, parent])
    counts.set(key, { table, parent, count: (counts.get(key)?.count ?? 0) + count })
  }
  return [...counts.values()].map(({ table, parent, count }) => ({
    code: 'OLD_ORPHANS',
    severity: 'warning',
    message: `${count} rows of ${table} point at rows of ${parent} that are not there; so it was before.`,
    at: { object: table },
  }))
}
