import type { Row, Session } from '../../dialect/session.ts'
import { MOST_EXAMPLES } from '../check.ts'
import { exampleOf } from './examples.ts'
import { keyList, type Source, whereOf } from './source.ts'
import { quoted, type Table } from './tables.ts'

/** From this version on PostgreSQL tells what is JSON without failing. */
const IS_JSON = 160_000

export async function knowsJson(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  )
  return (rows[0]?.version ?? 0) >= IS_JSON
}

/** Fails for a text that is not JSON. */
export const parsing = (column: string): string => `count(t.${quoted(column)}::json)`

const AT_ONCE = 200

/**
 * How many rows have a text in `column` that is not JSON, and the first of them: read through a cursor and parsed here.
 * Only for a table that is known to have some.
 */
export async function findUnparsable(
  session: Session,
  table: Table,
  { column, source }: { readonly column: string; readonly source: Source },
): Promise<{ count: number; examples: string[] }> {
  const value = `t.${quoted(column)}`
  let count = 0
  const examples: string[] = []
  // kept beyond its statement, since a transaction may be open here or not
  await session.query(
    `DECLARE unparsed NO SCROLL CURSOR WITH HOLD FOR SELECT ${keyList(table)}, ${value}::text AS looked_at
       FROM ${source.from} WHERE ${whereOf(source, `${value} IS NOT NULL`)}`,
  )
  try {
    for (;;) {
      const { rows } = await session.query(`FETCH ${AT_ONCE} FROM unparsed`)
      if (rows.length === 0) return { count, examples }
      for (const row of rows.filter(isUnparsable)) {
        if (++count <= MOST_EXAMPLES) examples.push(exampleOf(table, row))
      }
    }
  } finally {
    await session.query('CLOSE unparsed')
  }
}

function isUnparsable({ looked_at: text }: Row): boolean {
  try {
    JSON.parse(String(text))
    return false
  } catch {
    return true
  }
}
