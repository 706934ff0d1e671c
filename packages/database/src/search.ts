import type { MigrationContext } from '@fossawork/migrate'
import { sql } from 'kysely'

/** A work order that {@link searchWorkOrders} found: its key, its owner and what was searched. */
export interface WorkOrderMatch {
  readonly id: string
  readonly user_id: string
  readonly site_name: string
  readonly address: string | null
  readonly notes: string | null
  readonly instructions: string | null
}

export interface SearchOptions {
  /** Only this user's work orders. Default: everybody's. */
  readonly userId?: string | undefined
  /** At most so many. Default 50. */
  readonly limit?: number | undefined
}

/**
 * Finds work orders by the words in their site name, address, notes and instructions, through
 * v003's index. All words must be there, the last one perhaps only begun; case, accents and
 * punctuation do not count, and nothing in `text` is an operator. Best first: a word in the site
 * name counts more than one in the address, that more than one in the notes or instructions. A text
 * without words finds nothing.
 */
export async function searchWorkOrders(
  { db, dialect }: Pick<MigrationContext, 'db' | 'dialect'>,
  text: string,
  { userId, limit = 50 }: SearchOptions = {},
): Promise<WorkOrderMatch[]> {
  const words = wordsOf(text)
  const last = words.pop()
  if (last === undefined) return []
  const terms = (quote: string, begun: string): string[] => [
    ...[...new Set(words)].map((word) => `${quote}${word}${quote}`),
    `${quote}${last}${quote}${begun}`,
  ]
  const found = sql`w.id, w.user_id, w.site_name, w.address, w.notes, w.instructions`
  const owner = userId === undefined ? sql`` : sql`AND w.user_id = ${userId}`
  const query =
    dialect === 'sqlite'
      ? // CROSS JOIN keeps SQLite from starting with all the user's work orders
        sql<WorkOrderMatch>`
          SELECT ${found} FROM work_orders_fts
            CROSS JOIN work_orders_fts_map AS map ON map.id = work_orders_fts.rowid
            CROSS JOIN work_orders AS w ON w.id = map.work_order_id
          WHERE work_orders_fts MATCH ${terms('"', '*').join(' ')} ${owner}
          ORDER BY bm25(work_orders_fts, 10, 4, 1, 1), w.id LIMIT ${limit}`
      : sql<WorkOrderMatch>`
          SELECT ${found}
          FROM work_orders AS w, to_tsquery('simple', ${terms("'", ':*').join(' & ')}) AS query
          WHERE w.search @@ query ${owner}
          ORDER BY ts_rank('{0.1, 0.1, 0.4, 1}', w.search, query) DESC, w.id LIMIT ${limit}`
  return (await query.execute(db)).rows
}

/** Letters and digits only, so that no word is an operator of either database's query language. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]+/g, '')
    .normalize('NFC')
  return plain.match(/[\p{L}\p{N}]+/gu) ?? []
}
