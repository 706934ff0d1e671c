import { MigrateError } from '../../errors.ts'
import { columnList } from '../../schema/names.ts'
import { MARKED, type Returning, returning } from './hindrances.ts'
import { MARK, type Mending } from './mending.ts'
import type { Place } from './quarantine-table.ts'
import type { MovedRows } from './remove-copied.ts'

/**
 * Puts back, in the transaction that is open, all rows of these tables that can be: whose parents are there or come back
 * with them, and whose keys are free. Throws ROWS_LOST.
 */
export async function putBack(
  mending: Mending,
  tables: readonly string[],
): Promise<readonly MovedRows[]> {
  const all = tables.flatMap((table) => returning(mending, tables, table, MARKED) ?? [])
  await markReturning(mending, all)
  const marked: { readonly place: Returning; readonly rows: number }[] = []
  for (const place of all) {
    const rows = await countMarked(mending, place)
    if (rows > 0) marked.push({ place, rows })
  }
  if (marked.length === 0) return []
  const inserted = await insertMarked(mending, marked)
  for (const [at, { place, rows }] of marked.entries()) {
    const { affected } = await mending.writer.query(`DELETE FROM ${place.into} WHERE ${MARKED}`)
    if (inserted[at] !== rows || affected !== rows) throw rowsLost(place.table, rows)
  }
  return marked.map(({ place, rows }) => ({ table: place.table, rows }))
}

/** Marks all rows, and takes the mark off those that something keeps, until nothing changes. */
async function markReturning({ writer }: Mending, all: readonly Returning[]): Promise<void> {
  for (const { into } of all) {
    await writer.query(`UPDATE ${into} SET quarantine_run = '${MARK}' || quarantine_run`)
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const { into, hindrances } of all) {
      for (const { where, unless } of hindrances) {
        const { affected } = await writer.query(
          `UPDATE ${into} AS t SET quarantine_run = substr(quarantine_run, ${MARK.length + 1})
           WHERE t.${MARKED} AND ${where}${unless === undefined ? '' : ` AND NOT ${unless}`}`,
        )
        if (affected > 0) changed = true
      }
    }
  }
}

async function countMarked({ writer }: Mending, { into }: Place): Promise<number> {
  const { rows } = await writer.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${into} WHERE ${MARKED}`,
  )
  return Number(rows[0]?.n)
}

/** How many rows each table got. */
async function insertMarked(
  { writer, dialect }: Mending,
  marked: readonly { readonly place: Returning }[],
): Promise<number[]> {
  const isServer = dialect.name === 'postgres'
  const inserts = marked.map(({ place: { from, into, shared } }) => {
    const columns = columnList(shared)
    // a value of GENERATED ALWAYS AS IDENTITY comes back as it was
    const overriding = isServer ? 'OVERRIDING SYSTEM VALUE ' : ''
    return `INSERT INTO ${from} (${columns}) ${overriding}SELECT ${columns} FROM ${into} WHERE ${MARKED}`
  })
  if (!isServer) {
    const counts: number[] = []
    for (const statement of inserts) counts.push((await writer.query(statement)).affected)
    return counts
  }
  // in one statement, so that rows that name each other come back together
  const parts = inserts.map((statement, at) => `i${at} AS (${statement} RETURNING 1)`)
  const counts = inserts.map((_, at) => `(SELECT count(*) FROM i${at}) AS n${at}`)
  const { rows } = await writer.query<Record<string, number>>(
    `WITH ${parts.join(', ')} SELECT ${counts.join(', ')}`,
  )
  return inserts.map((_, at) => Number(rows[0]?.[`n${at}`]))
}

const rowsLost = (table: string, rows: number): MigrateError =>
  new MigrateError('ROWS_LOST', {
    message: `${rows} rows of ${table} were to come back from quarantine, and not all did. It is rolled back.`,
    hint: `Look for triggers of ${table} that refuse or change rows.`,
  })
