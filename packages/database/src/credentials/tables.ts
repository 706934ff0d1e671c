import type { Look } from '@fossawork/migrate'
import { PLACES, type SecretPlace } from './places.ts'

/** A table that holds secrets, as it is in this database: one of the catalogue's, or the quarantine of one. */
export interface SecretTable {
  readonly name: string
  /** The catalogue's table, which the seals name: rows of a quarantine go back there. */
  readonly home: string
  /** What rows are found and ordered by; no two rows share it. */
  readonly key: readonly string[]
  /** What a row is told people by. */
  readonly named: readonly string[]
  /** Whose a row is, in SQL; null where rows belong to nobody. */
  readonly owner: string | null
  readonly places: readonly SecretPlace[]
}

type Columns = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Those of the catalogue's tables and columns that are there, each with the quarantine that `validate --fix` moves its
 * rows to: a V1 import makes some of its own.
 */
export async function secretTables(
  look: Pick<Look, 'query' | 'dialect'>,
): Promise<readonly SecretTable[]> {
  const { rows } = await look.query<{ table: string; column: string }>(
    look.dialect === 'sqlite' ? SQLITE_COLUMNS : POSTGRES_COLUMNS,
  )
  const found = [...Map.groupBy(rows, ({ table }) => table)]
  const columns = new Map(
    found.map(([table, those]) => [table, new Set(those.map(({ column }) => column))]),
  )
  // several rows of a quarantine may have the same key: they go by where they stand
  const inQuarantine = [look.dialect === 'sqlite' ? 'rowid' : 'ctid']
  return [...Map.groupBy(PLACES, ({ table }) => table)].flatMap(([home, places]) => {
    const table = tableOf(columns, home, home, places)
    const away = tableOf(columns, quarantineOf(home), home, places)
    const isOurs = columns.get(quarantineOf(home))?.has('quarantine_run')
    return [...(table ? [table] : []), ...(away && isOurs ? [{ ...away, key: inQuarantine }] : [])]
  })
}

/** Where rows of a table are put that cannot stay in it; others may call a table so as well. */
export const quarantineOf = (table: string): string => `quarantine_${table}`

function tableOf(
  columns: Columns,
  name: string,
  home: string,
  places: readonly SecretPlace[],
): SecretTable | null {
  const there = columns.get(name) ?? new Set()
  const held = places.filter(({ column }) => there.has(column))
  const [first] = held
  if (!first) return null
  const key = there.has('id') ? ['id'] : first.key
  return { name, home, key, named: key, owner: ownerOf(home, there), places: held }
}

function ownerOf(home: string, columns: ReadonlySet<string>): string | null {
  if (home === 'users') return '"id"'
  if (columns.has('user_id')) return '"user_id"'
  if (home !== 'dispensers') return null
  return '(SELECT w."user_id" FROM "work_orders" AS w WHERE w."id" = "work_order_id")'
}

const SQLITE_COLUMNS = `
SELECT t.name AS "table", c.name AS "column"
FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'`

// not information_schema, which leaves out what this user may not read
const POSTGRES_COLUMNS = `
SELECT c.relname AS "table", a.attname AS "column"
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped`
