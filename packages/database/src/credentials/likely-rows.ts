import type { Row } from '@fossawork/migrate'
import type { SecretPlace } from './places.ts'
import { SECRET_WORDS } from './secret-names.ts'
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
 * The first so many rows of a table have their JSON looked at: measured for 300 bytes of it, a row takes PostgreSQL 4 us
 * and SQLite 2, thirty times as long as to pass over it. What is a secret as a whole is looked at in every row.
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
  const { places } = table
  const json = places.filter(({ kind }) => kind === 'json')
  const others = places.filter(({ kind }) => kind !== 'json')
  const sealed = places.filter(({ kind }) => kind === 'whole')
  const inJson = sample ?? MOST_JSON_ROWS
  const wanted = [
    { most: inJson, filters: json.map((place) => maybeClear(place, look.dialect)) },
    { most: sample, filters: others.map((place) => maybeClear(place, look.dialect)) },
    {
      most: sample,
      filters: sealed.map(({ column }) => `${quoted(column)} LIKE 'enc:v1:%'`),
    },
  ]
  const told = new Set<string>()
  for (const { most, filters } of wanted) {
    if (filters.length === 0) continue
    const found = await keysWhere(look, table, filters.join(' OR '), most)
    if (found.length > MOST_READ) onMore(table.name)
    const fresh = found.slice(0, MOST_READ).filter((row) => {
      const key = JSON.stringify(table.key.map((column) => String(row[column])))
      return !told.has(key) && told.add(key)
    })
    yield* read(look, table, fresh)
  }
}

async function keysWhere(
  look: WalkLook,
  table: SecretTable,
  filter: string,
  most: number | null,
): Promise<Row[]> {
  const { keys, size } = readingOf(table, look.dialect)
  const name = quoted(table.name)
  const from = most === null ? name : `(SELECT * FROM ${name} LIMIT ${most}) AS part`
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

/** In SQL what {@link SECRET_WORDS} and the like tell of a JSON text, and what is plain of the rest. */
function maybeClear({ column, kind, name }: SecretPlace, dialect: WalkLook['dialect']): string {
  const text = textIn(column, dialect)
  if (kind === 'whole') return `(${text} <> '' AND ${text} NOT LIKE 'enc:v1:%')`
  if (kind === 'hash') return `(${text} <> '' AND ${text} NOT LIKE '$argon2%')`
  const named =
    name === undefined ? [] : [holdsOne(quoted(name), [...SECRET_WORDS, 'pushover'], dialect)]
  const inText = holdsOne(text, [...SECRET_WORDS, 'pushover', 'enc:v1:', '\\u'], dialect)
  return `(${text} <> '' AND (${[inText, hasUrlPassword(text, dialect), ...named].join(' OR ')}))`
}

const holdsOne = (text: string, words: readonly string[], dialect: WalkLook['dialect']): string =>
  dialect === 'postgres'
    ? `${text} ~* '${words.map((word) => word.replace('\\', '\\\\')).join('|')}'`
    : // takes capitals for small letters
      words.map((word) => `${text} LIKE '%${word}%'`).join(' OR ')

const hasUrlPassword = (text: string, dialect: WalkLook['dialect']): string =>
  dialect === 'postgres'
    ? `${text} ~ ':(\\\\?/){2}[^/?#:@]*:[^/?#@]+@'`
    : `(${text} LIKE '%@%' AND (${text} LIKE '%:/%:%@%' OR ${text} LIKE '%:\\/%:%@%'))`
