import { MigrateError } from '../../errors.ts'
import { columnList, quoteName } from '../../schema/names.ts'
import { MARK, type Mending } from './mending.ts'
import { ABOUT, columnsOf, names, type Place, placeOf, uniqueSets } from './quarantine-table.ts'
import { namesNone, namesRowIn, relationsOf } from './relations.ts'
import type { MovedRows } from './remove-copied.ts'

/** Rows in quarantine that stay there, and why; of those with several reasons, each is counted. */
export interface Staying extends MovedRows {
  readonly reasons: readonly string[]
}

/** Something that keeps a row `t` of a quarantine table there. */
interface Hindrance {
  readonly where: string
  readonly reason: string
  /** SQL with which it keeps the row no longer: what it names comes back as well. */
  readonly unless?: string
}

interface Returning extends Place {
  /** Columns that the quarantine and the table have. */
  readonly shared: readonly string[]
  readonly hindrances: readonly Hindrance[]
}

const MARKED = `quarantine_run LIKE '${MARK}%'`

/** The rows of `table` and what keeps them in quarantine; `among` (SQL) are those that may come back with them. */
function returning(
  mending: Mending,
  tables: readonly string[],
  table: string,
  among: string,
): Returning | null {
  const { live } = mending
  if (!live.has(`table ${table}`)) return null
  const place = placeOf(live, mending.dialect, table)
  const kept = names(columnsOf(live, place.quarantine))
  const shared = names(place.columns).filter((column) => kept.includes(column))
  const gone = kept.filter((column) => !shared.includes(column) && !isAbout(column))
  const hindrances = [
    ...gone.map((column) => ({
      where: `t.${quoteName(column)} IS NOT NULL`,
      reason: `${table} has no column ${column} any more, which has a value`,
    })),
    ...parentHindrances(mending, tables, table),
    ...uniqueSets(live, table)
      .filter((set) => set.every((column) => shared.includes(column)))
      .map((set) => taken(place, set, among)),
  ]
  return { ...place, shared, hindrances }
}

const isAbout = (column: string): boolean => (ABOUT as readonly string[]).includes(column)

function parentHindrances(
  { live, dialect, expectations }: Mending,
  tables: readonly string[],
  table: string,
): Hindrance[] {
  return relationsOf(live, expectations)
    .filter((relation) => relation.table === table)
    .map((relation): Hindrance => {
      const { columns, references } = relation
      const where = namesNone(live, dialect, relation)
      const reason = `${columns.join(', ')} names no row of ${references}`
      if (!tables.includes(references) || !live.has(`table ${references}`)) return { where, reason }
      const { into } = placeOf(live, dialect, references)
      return { where, reason, unless: namesRowIn(live, relation, into, `p.${MARKED}`) }
    })
}

/** Another row has its key by now, or several rows in quarantine have it. */
function taken({ from, into }: Place, set: readonly string[], among: string): Hindrance {
  const columns = columnList(set)
  const own = columnList(set, 't.')
  const same = set.map((column) => `p.${quoteName(column)} = t.${quoteName(column)}`)
  return {
    where: `(EXISTS (SELECT 1 FROM ${from} AS p WHERE ${same.join(' AND ')})
      OR ${set.length === 1 ? own : `(${own})`} IN (SELECT ${columns} FROM ${into}
        WHERE ${among} GROUP BY ${columns} HAVING count(*) > 1))`,
    reason: `another row has the same ${set.join(', ')}`,
  }
}

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

/** Removes the quarantine of these tables where no row is left in it. */
export async function dropEmptied(mending: Mending, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const { into } = placeOf(mending.live, mending.dialect, table)
    const { rows } = await mending.writer.query(`SELECT 1 FROM ${into} LIMIT 1`)
    if (rows.length === 0) await mending.writer.query(`DROP TABLE ${into}`)
  }
}

const rowsLost = (table: string, rows: number): MigrateError =>
  new MigrateError('ROWS_LOST', {
    message: `${rows} rows of ${table} were to come back from quarantine, and not all did. It is rolled back.`,
    hint: `Look for triggers of ${table} that refuse or change rows.`,
  })

/** What is in quarantine, with the reasons why it stays there. */
export async function whatStays(mending: Mending, tables: readonly string[]): Promise<Staying[]> {
  const { writer, live } = mending
  const staying: Staying[] = []
  for (const table of tables) {
    const into = placeOf(live, mending.dialect, table).into
    const found = returning(mending, tables, table, '1 = 1')
    const counts = (found?.hindrances ?? []).map(
      ({ where }, at) => `count(*) FILTER (WHERE ${where}) AS n${at}`,
    )
    const { rows } = await writer.query<Record<string, number>>(
      `SELECT ${['count(*) AS n', ...counts].join(', ')} FROM ${into} AS t`,
    )
    const of = (name: string): number => Number(rows[0]?.[name] ?? 0)
    if (of('n') === 0) continue
    const reasons = found
      ? found.hindrances.flatMap(({ reason }, at) =>
          of(`n${at}`) > 0 ? [`${reason} (${of(`n${at}`)})`] : [],
        )
      : [`the table ${table} is not there`]
    staying.push({ table, rows: of('n'), reasons })
  }
  return staying
}
