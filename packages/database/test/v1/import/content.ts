import { open } from '../../../src/credentials/cipher.ts'
import { placeOf } from '../../../src/credentials/places.ts'
import { openJson } from '../../../src/credentials/secret-fields.ts'
import { type ColumnKind, TARGETS, type Target } from '../../../src/v1/map/tables.ts'
import type { Scene } from './scene.ts'

type Row = Readonly<Record<string, unknown>>

/** Lines of text by table, sorted. */
export type Content = Readonly<Record<string, readonly string[]>>

/**
 * All rows of the tables that V1's records go to, as people mean them, so that every database gives the same: secrets
 * opened, times in ISO 8601, of a password only whether there is a hash. Numbers that a database gave are left out.
 */
export async function contentOf(scene: Scene): Promise<Content> {
  const content: Record<string, readonly string[]> = {}
  for (const target of TARGETS) {
    const rows = await scene.query(`SELECT * FROM ${target.name}`)
    content[target.name] = rows.map((row) => JSON.stringify(meantRow(scene, target, row))).sort()
  }
  return content
}

/** How many rows of each table, without empty ones. */
export const rowCounts = (content: Content): Record<string, number> =>
  Object.fromEntries(
    Object.entries(content).flatMap(([table, rows]) => (rows.length ? [[table, rows.length]] : [])),
  )

const meantRow = (scene: Scene, target: Target, row: Row): Row =>
  Object.fromEntries(
    Object.entries(target.columns).map(([name, column]) => [
      name,
      row[name] === null ? null : meant(scene, { target, name, column, row }),
    ]),
  )

interface Cell {
  readonly target: Target
  readonly name: string
  readonly column: ColumnKind
  readonly row: Row
}

function meant({ keys, dialect }: Scene, { target, name, column, row }: Cell): unknown {
  const value = row[name]
  if (column.kind === 'password') return /^\$argon2id\$v=19\$/.exec(String(value))?.[0] ?? value
  if (column.kind === 'boolean') return value === true || value === 1
  if (column.kind === 'datetime') {
    return (value instanceof Date ? value : new Date(`${value}Z`)).toISOString()
  }
  const place = placeOf(target.name, name, row)
  if (column.kind === 'sealed') return place && open(String(value), place, keys)
  if (column.kind !== 'json') return value
  // PostgreSQL's driver has parsed it
  const json: unknown = dialect === 'sqlite' ? JSON.parse(String(value)) : value
  return ordered(place ? openJson(json, place, keys) : json)
}

/** The members of all objects by name: jsonb has an order of its own. */
function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(ordered)
  const members = Object.entries(value).map(([key, member]) => [key, ordered(member)] as const)
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the import keeps of itself, less numbers, times, keyed digests, and what the database is called. */
export async function booksOf(scene: Scene): Promise<Content> {
  const { query, keys } = scene
  const counts = '"read", imported, merged, unchanged, conflict, quarantined'
  const records = await query(
    `SELECT f.file, r.* FROM v1_import_records r JOIN v1_import_files f ON f.id = r.file_id`,
  )
  const lines = (rows: readonly Row[]): string[] =>
    rows.map((row) => JSON.stringify(Object.values(row).map(String))).sort()
  return {
    imports: lines(await query(`SELECT status, directory, options, ${counts} FROM v1_imports`)),
    files: lines(await query(`SELECT file, user_id, bytes, ${counts} FROM v1_import_files`)),
    records: records
      .map((row) => {
        const { file, user_id, target_table, position, outcome, code, reason } = row
        const place = placeOf('v1_import_records', 'content', row)
        const content =
          row.content === null ? null : place && open(String(row.content), place, keys)
        const isKept = [row.target_id !== null, row.row_digest !== null]
        const facts = [file, user_id, target_table, position, outcome, code, reason, content]
        return JSON.stringify([...facts, ...isKept])
      })
      .sort(),
  }
}

/** Every column of every row, as the database has it, of all tables but those that are left out. */
export async function rawContent(scene: Scene, leftOut: RegExp = /^$/): Promise<Content> {
  const { query, dialect } = scene
  const content: Record<string, readonly string[]> = {}
  for (const table of await scene.tables()) {
    // the search's own tables hold what their trigger makes of work_orders
    if (leftOut.test(table) || table.startsWith('work_orders_fts')) continue
    const columns = dialect === 'sqlite' ? '*' : 't::text AS row'
    const rows = await query(`SELECT ${columns} FROM "${table}" t`)
    content[table] = rows.map((row) => JSON.stringify(row)).sort()
  }
  return content
}

/** What every run writes of itself. */
export const OF_RUNS = /^(schema_migration|audit_trail$|v1_imports$|v1_import_files$)/
