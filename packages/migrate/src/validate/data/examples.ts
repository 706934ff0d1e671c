import type { Row, Session } from '../../dialect/session.ts'
import { MOST_EXAMPLES } from '../check.ts'
import { keyList, type Source, whereOf } from './source.ts'
import type { Table } from './tables.ts'

/** A key longer than that is cut. */
const LONGEST = 60

/** A row by its key, in words: `id 17`. */
export const exampleOf = ({ key }: Table, row: Row): string =>
  key.map((column) => `${column} ${cut(String(row[column]))}`).join(', ')

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

/** The first rows that a condition is true of, by their keys. */
export async function findExamples(
  session: Session,
  table: Table,
  { source, where }: { readonly source: Source; readonly where: string },
): Promise<string[]> {
  // a table of SQLite without numbers and without a key is not to be had
  if (table.key.length === 0) return []
  const { rows } = await session.query(
    `SELECT ${keyList(table)} FROM ${source.from} WHERE ${whereOf(source, where)} LIMIT ${MOST_EXAMPLES}`,
  )
  return rows.map((row) => exampleOf(table, row))
}

/** The statement that shows all of them to a person. */
export const showing = (table: Table, where: string): string =>
  `SELECT ${table.key.length > 0 ? keyList(table) : '*'} FROM ${table.from} AS t WHERE ${where}`

/** In words, for a message. */
export const rowsInWords = (count: number): string =>
  count === 1 ? '1 row' : `${count.toLocaleString('en')} rows`
