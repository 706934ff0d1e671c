import type { CopyStreamQuery } from 'pg-copy-streams'
import { MigrateError } from '../../errors.ts'
import { assertStorable, type ColumnKind, quoteName } from '../bulk.ts'
import type { BulkValue } from '../session.ts'
import type { Connection } from './connection.ts'
import { queryError } from './errors.ts'
import { send } from './session.ts'

/** How much text is written at a time, in characters: the server works while the next is made. */
const CHUNK = 65_536

/**
 * Adds rows by COPY. Nothing may be under way on the connection, and nothing be sent, until it returns or throws; the
 * connection can be used then, for a ROLLBACK after a failure. Throws DRIVER_MISSING.
 */
export async function copyRows(
  connection: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly BulkValue[])[],
): Promise<void> {
  assertStorable(columns, rows, await kindsOf(connection, table, columns, rows))
  const copyFrom = await loadCopy()
  // of its own kinds of query the driver takes none while it may have sent others
  const client = connection.client as { pipeline: boolean } & Connection['client']
  client.pipeline = false
  try {
    const names = columns.map(quoteName).join(', ')
    const copy = client.query(copyFrom(`COPY ${quoteName(table)} (${names}) FROM STDIN`))
    await feed(copy, textOf(rows))
  } catch (cause) {
    // it quotes the line of the row
    if (cause instanceof Error) (cause as { where?: string | undefined }).where = undefined
    const { lost, cancelled } = connection
    throw queryError(cause, { lost, cancelled })
  } finally {
    client.pipeline = true
  }
}

/** Only where a boolean is given is there something that the server would take for a text, or for JSON. */
async function kindsOf(
  connection: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly BulkValue[])[],
): Promise<ColumnKind[]> {
  if (!rows.some((row) => row.some((value) => typeof value === 'boolean'))) return []
  const { rows: types } = await send<{ name: string; category: string }>(
    connection,
    `SELECT attname AS name, typcategory AS category
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = to_regclass($1) AND attnum > 0`,
    [quoteName(table)],
  )
  const categories = new Map(types.map(({ name, category }) => [name, category]))
  // the server refuses it in a number's column, and a name that is wrong
  const checked = (category: string | undefined) => !['B', 'N', undefined].includes(category)
  return columns.map((column) => (checked(categories.get(column)) ? 'other' : null))
}

/**
 * Writes a piece at a time, each when the one before has gone to the socket, so that the server's pace is ours. After
 * an error nothing is written any more; the server passes over what was on its way.
 */
function feed(copy: CopyStreamQuery, pieces: Iterator<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed = false
    copy.once('error', (error) => {
      failed = true
      reject(error)
    })
    copy.once('finish', resolve)
    const next = (): void => {
      // what was written may be told as done behind the error
      if (failed) return
      const { done, value } = pieces.next()
      if (done) copy.end()
      else copy.write(value, next)
    }
    next()
  })
}

/** Rows in COPY's text format, in pieces. */
function* textOf(rows: readonly (readonly BulkValue[])[]): Generator<string, void> {
  let piece = ''
  for (const row of rows) {
    piece += `${row.map(field).join('\t')}\n`
    if (piece.length < CHUNK) continue
    yield piece
    piece = ''
  }
  if (piece) yield piece
}

const SPECIAL = /[\\\t\n\r]/
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

// https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
function field(value: BulkValue): string {
  if (value === null) return '\\N'
  // JavaScript rounds the digits of large ones
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return String(BigInt(value))
  if (typeof value !== 'string') return String(value)
  if (!SPECIAL.test(value)) return value
  return value.replace(/[\\\t\n\r]/g, (character) => ESCAPED[character] as string)
}

async function loadCopy(): Promise<typeof import('pg-copy-streams')['from']> {
  try {
    return (await import('pg-copy-streams')).from
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new MigrateError('DRIVER_MISSING', {
      message:
        'The package pg-copy-streams, which adding many rows to PostgreSQL needs, is not installed.',
      hint: 'Run `npm install pg-copy-streams`.',
      cause,
    })
  }
}
