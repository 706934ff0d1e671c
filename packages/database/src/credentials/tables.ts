import type { Look } from '@fossawork/migrate'
import { PLACES, type SecretPlace } from './places.ts'

/** A table that holds secrets, as it is in this database. */
export interface SecretTable {
  readonly name: string
  /** What rows are found and ordered by. */
  readonly key: readonly string[]
  /** Whose a row is, in SQL; null where rows belong to nobody. */
  readonly owner: string | null
  readonly places: readonly SecretPlace[]
}

/** Those of the catalogue's tables and columns that are there: a V1 import makes some of its own. */
export async function secretTables(look: Pick<Look, 'query' | 'dialect'>): Promise<SecretTable[]> {
  const { rows } = await look.query<{ table: string; column: string }>(
    look.dialect === 'sqlite' ? SQLITE_COLUMNS : POSTGRES_COLUMNS,
  )
  const columns = Map.groupBy(rows, ({ table }) => table)
  return [...Map.groupBy(PLACES, ({ table }) => table)].flatMap(([name, places]) => {
    const there = new Set(columns.get(name)?.map(({ column }) => column))
    const held = places.filter(({ column }) => there.has(column))
    const [first] = held
    if (!first) return []
    const key = there.has('id') ? ['id'] : first.key
    return [{ name, key, owner: ownerOf(name, there), places: held }]
  })
}

function ownerOf(name: string, columns: ReadonlySet<string>): string | null {
  if (name === 'users') return '"id"'
  if (columns.has('user_id')) return '"user_id"'
  if (name !== 'dispensers') return null
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
