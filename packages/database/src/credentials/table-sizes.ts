import type { Look } from '@fossawork/migrate'
import { quarantineOf, secretTables } from './tables.ts'
import { quoted } from './walk.ts'

/** A table, and how large it is with its indexes. */
export interface TableSize {
  readonly table: string
  readonly bytes: number
}

const isCatalog = (table: string): boolean => table.startsWith('pg_catalog.')

/**
 * Of these tables those that there are, each with its quarantine or the table that it is one of, since a row that was
 * moved has left its dead one; or all that can hold secrets.
 */
export async function stillThere(
  look: Look,
  tables: ReadonlySet<string>,
  everything: boolean,
): Promise<string[]> {
  const chosen = (await secretTables(look)).filter(
    ({ home }) => everything || tables.has(home) || tables.has(quarantineOf(home)),
  )
  return [...chosen.map(({ name }) => name), ...[...tables].filter(isCatalog)]
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
