import type { Look, Row } from '@fossawork/migrate'
import type { SecretTable } from './tables.ts'
import { quoted } from './walk.ts'

/** What a decoder puts in the place of bytes that it cannot read. */
const REPLACEMENT = '\ufffd'

/**
 * The columns of a row whose text is not what stands there, since that is not valid in the database's encoding: to seal
 * it would lose it. SQLite checks no text, and PostgreSQL none in an SQL_ASCII database.
 */
export async function lossyColumns(
  look: Pick<Look, 'dialect' | 'query'>,
  { name, key, places }: SecretTable,
  row: Row,
): Promise<ReadonlySet<string>> {
  const lossy = new Set<string>()
  for (const { column } of places) {
    const text = row[column]
    if (typeof text !== 'string' || !text.includes(REPLACEMENT)) continue
    if (look.dialect === 'postgres') {
      // its text must not be sent: the server logs what it is sent
      const { rows } = await look.query<{ encoding: string }>(
        "SELECT current_setting('server_encoding') AS encoding",
      )
      if (rows[0]?.encoding === 'SQL_ASCII') lossy.add(column)
      continue
    }
    const here = key.map((part, at) => `${quoted(part)} = $${at + 2}`).join(' AND ')
    const { rows } = await look.query<{ same: number }>(
      `SELECT CAST(${quoted(column)} AS BLOB) = CAST($1 AS BLOB) AS same FROM ${quoted(name)} WHERE ${here}`,
      [text, ...key.map((part) => row[part])],
    )
    if (rows[0]?.same !== 1) lossy.add(column)
  }
  return lossy
}
