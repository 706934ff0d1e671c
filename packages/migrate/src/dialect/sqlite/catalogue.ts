import type { DatabaseSync } from 'node:sqlite'

/** A foreign key as the catalogue has it. */
export interface ForeignKey {
  readonly schema: string
  readonly table: string
  /** Counts from 0 within the table, as `foreign_key_check` does. */
  readonly id: number
  readonly parent: string
  readonly parentExists: boolean
  readonly columns: readonly string[]
  /** The columns it refers to, named or not. */
  readonly parentColumns: readonly string[]
  /** The table's own primary key; empty where it has none. */
  readonly primaryKey: readonly string[]
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** SQLite takes names for the same whatever the case of their ASCII letters. */
export const sameName = (left: string, right: string): boolean => folded(left) === folded(right)

export const folded = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** Every foreign key of one schema: `main`, `temp` or an attached database. None leads out of it. */
export function foreignKeys(db: DatabaseSync, schema: string): ForeignKey[] {
  const primaryKeys = new Map<string, string[]>()
  for (const { table, column } of db.prepare(primaryKeysOf(quoted(schema))).all(schema)) {
    const key = folded(String(table))
    primaryKeys.set(key, [...(primaryKeys.get(key) ?? []), ...(column ? [String(column)] : [])])
  }
  const found = new Map<string, ForeignKey & { columns: string[]; parentColumns: string[] }>()
  for (const row of db.prepare(foreignKeysOf(quoted(schema))).all(schema)) {
    const [table, parent, id] = [String(row.child), String(row.parent), Number(row.id)]
    const key = JSON.stringify([table, id])
    const parentKey = primaryKeys.get(folded(parent))
    const foreignKey = found.get(key) ?? {
      schema,
      table,
      id,
      parent,
      parentExists: parentKey !== undefined,
      columns: [],
      parentColumns: row.to === null ? [...(parentKey ?? [])] : [],
      primaryKey: primaryKeys.get(folded(table)) ?? [],
    }
    foreignKey.columns.push(String(row.from))
    if (row.to !== null) foreignKey.parentColumns.push(String(row.to))
    found.set(key, foreignKey)
  }
  return [...found.values()]
}

// A name alone would mean the temporary table first, so every pragma is told the schema.

// a table without a primary key has one row here, of null
const primaryKeysOf = (schema: string): string => `
  SELECT t.name AS "table", c.name AS "column"
  FROM ${schema}.sqlite_schema AS t LEFT JOIN pragma_table_info(t.name, ?1) AS c ON c.pk > 0
  WHERE t.type = 'table' ORDER BY t.name, c.pk`

const foreignKeysOf = (schema: string): string => `
  SELECT t.name AS child, f.id, f."table" AS parent, f."from", f."to"
  FROM ${schema}.sqlite_schema AS t JOIN pragma_foreign_key_list(t.name, ?1) AS f
  WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq`
