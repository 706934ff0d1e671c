import type { Row } from '@fossawork/migrate'
import { firstOf, type LikelyRows, likelyJson } from './likely-json.ts'
import type { SecretPlace } from './places.ts'
import { type SecretTable, secretTables } from './tables.ts'
import {
  parts,
  quoted,
  readingOf,
  type StoredRow,
  storedRow,
  textIn,
  type WalkLook,
} from './walk.ts'

/**
 * The first so many rows of a table have their JSON looked at: a row takes both databases 1 or 2 us, many times as long
 * as to pass over it. What is a secret as a whole is looked at in every row.
 */
const MOST_JSON_ROWS = 20_000
/** So many rows of a table are read, of those that may hold a secret. */
const MOST_READ = 5_000
/** Rows that are asked for at a time. */
const AT_ONCE = 100

/** How much of each table is looked at. */
export interface Likely {
  /** The first so many rows; null for as many as a usual validation looks at. */
  readonly sample: number | null
  /** Called with a table of which not every row is looked at. */
  readonly onMore: (table: string) => void
}

/** The tables that hold rows, asked for together: most of a database's are empty. */
export async function filledTables(
  look: WalkLook,
  { sample, onMore }: Likely,
): Promise<ReadonlySet<string>> {
  const most = sample ?? MOST_JSON_ROWS
  // a table whose rows a policy hides is not an empty one
  if (look.dialect === 'postgres') await look.query('SET row_security = off')
  const asked = (await secretTables(look)).map(({ name, places }) => {
    const hasJson = places.some(({ kind }) => kind === 'json')
    const more = `EXISTS (SELECT 1 FROM ${quoted(name)} LIMIT 1 OFFSET ${most})`
    return `SELECT '${name}' AS name, ${hasJson ? more : 'false'} AS more WHERE EXISTS (SELECT 1 FROM ${quoted(name)})`
  })
  if (asked.length === 0) return new Set()
  const { rows } = await look.query<{ name: string; more: unknown }>(asked.join(' UNION ALL '))
  for (const { name, more } of rows) if (more) onMore(name)
  return new Set(rows.map(({ name }) => name))
}

/**
 * Those rows of a table that may hold secrets, told by the database, so that the many that hold none are never sent:
 * like `walk`, in parts that memory can hold.
 */
export async function* likelyRows(
  look: WalkLook,
  table: SecretTable,
  { sample, onMore }: Likely,
): AsyncGenerator<StoredRow[]> {
  const others = table.places.filter(({ kind }) => kind !== 'json')
  const sealed = others.filter(({ kind }) => kind === 'whole')
  const part = sample === null ? quoted(table.name) : firstOf(table, sample)
  const wanted = [
    await likelyJson(look, table, sample ?? MOST_JSON_ROWS),
    { from: part, filter: anyOf(others.map((place) => maybeClear(place, look.dialect))) },
    { from: part, filter: anyOf(sealed.map(({ column }) => `${quoted(column)} LIKE 'enc:v1:%'`)) },
  ]
  const told = new Set<string>()
  for (const likely of wanted) {
    if (!likely?.filter) continue
    const found = await keysWhere(look, table, likely)
    if (found.length > MOST_READ) onMore(table.name)
    const fresh = found.slice(0, MOST_READ).filter((row) => {
      const key = JSON.stringify(table.key.map((column) => String(row[column])))
      return !told.has(key) && told.add(key)
    })
    yield* read(look, table, fresh)
  }
}

const anyOf = (filters: readonly string[]): string => filters.join(' OR ')

async function keysWhere(
  look: WalkLook,
  table: SecretTable,
  { from, filter }: LikelyRows,
): Promise<Row[]> {
  const { keys, size } = readingOf(table, look.dialect)
  const { rows } = await look.query(
    `SELECT ${keys}, ${size} AS "#size" FROM ${from} WHERE ${filter} LIMIT ${MOST_READ + 1}`,
  )
  return rows
}

async function* read(
  look: WalkLook,
  table: SecretTable,
  found: readonly Row[],
): AsyncGenerator<StoredRow[]> {
  const { read: columns } = readingOf(table, look.dialect)
  const { key } = table
  const one = (at: number): string =>
    `(${key.map((column, nth) => `${quoted(column)} = $${at * key.length + nth + 1}`).join(' AND ')})`
  for (let first = 0; first < found.length; first += AT_ONCE) {
    const page = found.slice(first, first + AT_ONCE)
    for (const [from, to] of parts(page)) {
      look.signal.throwIfAborted()
      const part = page.slice(page.indexOf(from), page.indexOf(to) + 1)
      const { rows } = await look.query(
        `SELECT ${columns} FROM ${quoted(table.name)} WHERE ${part.map((_, at) => one(at)).join(' OR ')}`,
        part.flatMap((row) => key.map((column) => row[column])),
      )
      yield rows.map(storedRow)
    }
  }
}

/** What a column that is a secret as a whole shows when it may be in clear. */
function maybeClear({ column, kind }: SecretPlace, dialect: WalkLook['dialect']): string {
  const text = textIn(column, dialect)
  const sealed = kind === 'hash' ? '$argon2%' : 'enc:v1:%'
  return `(${text} <> '' AND ${text} NOT LIKE '${sealed}')`
}
