import type { Look, Row } from '@fossawork/migrate'
import type { SecretTable } from './tables.ts'

/** Whose rows: those of these users, or everybody's and nobody's. */
export interface Scope {
  readonly users: readonly string[] | null
}

/** Everybody's rows, and those of nobody. */
export const EVERYBODY: Scope = { users: null }

/**
 * A row's key and secret columns as the database answered; a column of JSON as its text. On PostgreSQL with `#ctid` and
 * `#xmin`, which together with the key name the version of the row that was read, and no other.
 */
export interface StoredRow {
  readonly row: Row
  readonly owner: string | null
}

export type WalkLook = Pick<Look, 'dialect' | 'query' | 'signal'>

/** Rows that are asked for at a time. */
const PAGE = 500
/** Where the values of a page are larger than this, it is read in several parts. */
const PART_BYTES = 16_000_000

/**
 * Every row of a table in which one of the columns is not null, in the order of its key, in parts of at most 500 rows or
 * 16 MB (one row may be larger): memory stays flat however large the table is, and others may write meanwhile.
 */
export async function* walk(
  look: WalkLook,
  table: SecretTable,
  { users }: Scope,
): AsyncGenerator<StoredRow[]> {
  const { owner, key } = table
  if (users !== null && owner === null) return
  const columns = table.places.map(({ column }) => column)
  const { keys, size, read } = readingOf(table, look.dialect)
  const from = `FROM ${quoted(table.name)} WHERE (${columns.map((column) => `${quoted(column)} IS NOT NULL`).join(' OR ')})`
  const before = users ?? []
  const mine = users ? ` AND ${owner} IN (${before.map((_, at) => `$${at + 1}`).join(', ')})` : ''
  const valuesOf = (row: Row): unknown[] => key.map((column) => row[column])
  const tuple = (nth: number): string =>
    key.map((_, at) => `$${before.length + nth * key.length + at + 1}`).join(', ')
  const ask = (select: string, bounds: string, values: readonly unknown[]) =>
    look.query(`SELECT ${select} ${from}${mine} ${bounds} ORDER BY ${keys} LIMIT ${PAGE}`, [
      ...before,
      ...values,
    ])

  let last: Row | null = null
  for (;;) {
    const { rows: page }: { rows: Row[] } = last
      ? await ask(`${keys}, ${size} AS "#size"`, `AND (${keys}) > (${tuple(0)})`, valuesOf(last))
      : await ask(`${keys}, ${size} AS "#size"`, '', [])
    for (const [first, end] of parts(page)) {
      look.signal.throwIfAborted()
      const between = `AND (${keys}) >= (${tuple(0)}) AND (${keys}) <= (${tuple(1)})`
      const { rows } = await ask(read, between, [...valuesOf(first), ...valuesOf(end)])
      yield rows.map(storedRow)
    }
    last = page.at(-1) ?? null
    if (page.length < PAGE) return
  }
}

/** What is asked for: the key, the values' size in bytes, and all that a {@link StoredRow} is made of. */
export function readingOf(
  { owner, key, named: told, places }: SecretTable,
  dialect: Look['dialect'],
): { readonly keys: string; readonly size: string; readonly read: string } {
  const columns = places.map(({ column }) => column)
  const named = new Set([...key, ...told, ...places.flatMap((place) => place.key)])
  const asText = (column: string): string => textIn(column, dialect)
  return {
    keys: key.map(quoted).join(', '),
    size: columns.map((column) => `coalesce(octet_length(${asText(column)}), 0)`).join(' + '),
    read: [
      ...[...named].map(quoted),
      ...columns.map((column) => `${asText(column)} AS ${quoted(column)}`),
      ...(dialect === 'postgres' ? ['ctid::text AS "#ctid"', 'xmin::text AS "#xmin"'] : []),
      `${owner ?? 'NULL'} AS "#owner"`,
    ].join(', '),
  }
}

/** A column as its text. */
export const textIn = (column: string, dialect: Look['dialect']): string =>
  dialect === 'postgres' ? `${quoted(column)}::text` : quoted(column)

/** The first and the last row of each part of a page. */
export function* parts(page: readonly Row[]): Generator<readonly [Row, Row]> {
  let start = 0
  let bytes = 0
  for (const [at, row] of page.entries()) {
    bytes += Number(row['#size'])
    const next = page[at + 1]
    if (next && bytes + Number(next['#size']) <= PART_BYTES) continue
    yield [page[start] as Row, row]
    start = at + 1
    bytes = 0
  }
}

export const storedRow = (row: Row): StoredRow => ({ row, owner: ownerOf(row) })

const ownerOf = (row: Row): string | null => {
  const owner = row['#owner']
  return owner === null ? null : String(owner)
}

export const quoted = (name: string): string => `"${name}"`
