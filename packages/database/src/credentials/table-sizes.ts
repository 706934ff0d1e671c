import type { Look } from '@fossawork/migrate'
import { secretTables } from './tables.ts'
import { quoted } from './walk.ts'

/** A table, and how large it is with its indexes. */
export interface TableSize {
  readonly table: string
  readonly bytes: number
}

const isCatalog = (table: string): boolean => table.startsWith('pg_catalog.')

/** Of these tables those that there are, or all that can hold secrets. */
export async function stillThere(
  look: Look,
  tables: ReadonlySet<string>,
  everything: boolean,
): Promise<string[]> {
  const there = (await secretTables(look)).map(({ name }) => name)
  const chosen = there.filter((name) => everything || tables.has(name))
  return [...chosen, ...[...tables].filter(isCatalog)]
}

/** How much a purge of these writes anew: on SQLite the whole file, as the one table ''. */
export async function sizesOf(look: Look, tables: readonly string[]): Promise<TableSize[]> {
  if (tables.length === 0) return []
  if (look.dialect === 'sqlite') {
    const { rows } = await look.query<{ bytes: number }>(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    )
    return [{ table: '', bytes: Number(rows[0]?.bytes) }]
  }
  return Promise.all(
    tables.map(async (table) => {
      const { rows } = await look.query<{ bytes: number }>(
        'SELECT pg_total_relation_size($1::regclass) AS bytes',
        [isCatalog(table) ? table : quoted(table)],
      )
      return { table, bytes: Number(rows[0]?.bytes) }
    }),
  )
}
