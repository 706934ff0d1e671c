import type { SecretPlace } from './places.ts'
import { SECRET_WORDS } from './secret-names.ts'
import type { SecretTable } from './tables.ts'
import { quoted, type WalkLook } from './walk.ts'

/** Rows of a table, and what is true of those that may hold secrets: both in SQL. */
export interface LikelyRows {
  readonly from: string
  readonly filter: string
}

/** What a JSON text that may hold secrets has in it; a name's escape may hide one of the words. */
const MARKS = [...SECRET_WORDS, 'pushover', 'enc:v1:', '\\u']

/** The first `most` rows of a table. */
export const firstOf = (table: SecretTable, most: number): string =>
  `(SELECT ${columnsOf(table)} FROM ${quoted(table.name)} LIMIT ${most}) AS part`

/** All that is asked of a row, by name: `*` would leave out where it stands. */
const columnsOf = ({ key, places }: SecretTable): string =>
  [...new Set([...key, ...textsOf(places)])].map(quoted).join(', ')

const textsOf = (places: readonly SecretPlace[]): string[] =>
  places.flatMap(({ column, name }) => (name ? [column, name] : [column]))

/** Those of a table's first `most` rows whose JSON may hold secrets; null where there is none. */
export async function likelyJson(
  look: WalkLook,
  table: SecretTable,
  most: number,
): Promise<LikelyRows | null> {
  const places = table.places.filter(({ kind }) => kind === 'json')
  if (places.length === 0) return null
  return look.dialect === 'sqlite'
    ? {
        from: firstOf(table, most),
        filter: places.map(maybeClear).join(' OR '),
      }
    : inBundles(look, table, places, most)
}

/** In SQL of SQLite what `mayHoldSecrets` tells of a JSON text. LIKE takes capitals for small letters. */
function maybeClear({ column, name }: SecretPlace): string {
  const text = quoted(column)
  const marks = MARKS.map((mark) => `${text} LIKE '%${mark}%'`)
  const url = `(${text} LIKE '%@%' AND (${text} LIKE '%:/%:%@%' OR ${text} LIKE '%:\\/%:%@%'))`
  const named = name === undefined ? [] : MARKS.map((mark) => `${quoted(name)} LIKE '%${mark}%'`)
  return `(${text} <> '' AND (${[...marks, url, ...named].join(' OR ')}))`
}

/** The same as an expression of PostgreSQL. */
const LIKELY = [
  ...MARKS.map((mark) => mark.replace('\\', '\\\\')),
  ':(?:\\\\?/){2}[^"/?#:@]*:[^"/?#@]+@',
].join('|')

/** In bytes as they are stored, which may be compressed. */
const BUNDLE_BYTES = 32_768

/**
 * PostgreSQL makes the automaton of an expression anew for every text: what takes 3 us for a row takes 0.3 where the
 * texts of some hundred rows are looked through as one. Only in a bundle that shows a mark rows are looked at.
 */
async function inBundles(
  { query }: WalkLook,
  table: SecretTable,
  places: readonly SecretPlace[],
  most: number,
): Promise<LikelyRows | null> {
  const list = [...new Set(textsOf(places))].map(quoted)
  const size = list.map((column) => `coalesce(pg_column_size(${column}), 0)`).join(' + ')
  const from = `(SELECT ${columnsOf(table)}, sum(${size}) OVER (ROWS UNBOUNDED PRECEDING) / ${BUNDLE_BYTES} AS "#bundle"
    FROM ${quoted(table.name)} LIMIT ${most}) AS part`
  const text = `concat_ws(' ', ${list.join(', ')})`
  // in their order, so that the server has one bundle's text in memory at a time
  const { rows } = await query<{ bundle: number }>(
    `SELECT "#bundle" AS bundle FROM (SELECT * FROM ${from} ORDER BY "#bundle") AS ordered
     GROUP BY "#bundle" HAVING string_agg(${text}, ' ') ~* '${LIKELY}'`,
  )
  if (rows.length === 0) return null
  const bundles = rows.map(({ bundle }) => bundle).join(', ')
  return { from, filter: `"#bundle" IN (${bundles}) AND ${text} ~* '${LIKELY}'` }
}
