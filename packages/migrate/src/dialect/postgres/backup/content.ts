import { createHash } from 'node:crypto'
import type { Content } from '../../port.ts'
import { type Connection, connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { RELATIONS, USERS_SCHEMA } from '../relations.ts'
import { send } from '../session.ts'
import { NO_EXTENSIONS, SHOWN_NAME } from '../table-names.ts'

/** A table that holds rows itself, or a partitioned one as a whole. */
export interface ContentTable {
  /** As `tableNames` tells it; a partition counts to the table that it is a part of. */
  readonly name: string
  /** Schema and table, whatever the search path. */
  readonly id: string
  /** Quoted for a statement; null for a partitioned table, whose rows stand in its partitions. */
  readonly relation: string | null
}

/**
 * The tables whose rows count. Not those of foreign servers; nor materialized views, which a restore makes anew, so
 * that one that was stale would differ; nor sequences, which no snapshot holds still.
 */
export async function contentTables(connection: Connection): Promise<ContentTable[]> {
  return (await send<ContentTable>(connection, TABLES)).rows
}

/** What a database holds now. */
export const readContent = (target: PostgresTarget, signal: AbortSignal): Promise<Content> =>
  inSnapshot(target, signal, async (connection) => {
    const tables = await contentTables(connection)
    await pinOutput(connection)
    return contentOf(connection, tables, () => {})
  })

/** Rows per table, without reading the values. */
export const readRows = (target: PostgresTarget): Promise<Content['rows']> =>
  inSnapshot(target, new AbortController().signal, async (connection) => {
    const counts: Record<string, number> = {}
    for (const { name, relation } of await contentTables(connection)) {
      const { rows } = relation
        ? await send<{ n: number }>(connection, `SELECT count(*) AS n FROM ONLY ${relation}`)
        : { rows: [] }
      counts[name] = (counts[name] ?? 0) + Number(rows[0]?.n ?? 0)
    }
    return counts
  })

async function inSnapshot<T>(
  target: PostgresTarget,
  signal: AbortSignal,
  read: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(target, 'migrate-reader', [...UNLIMITED, LOCK_TIMEOUT])
  const stop = endWith(connection, signal)
  try {
    await send(connection, SNAPSHOT)
    return await read(connection)
  } finally {
    stop()
    await connection.close().catch(() => {})
  }
}

/** Who reads a whole database does not wait for ever for one table of it. */
const LOCK_TIMEOUT = ['lock_timeout', '1min'] as const

/** Begins what sees the database as it is now, to its end. */
export const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** Ends a connection at once with the signal, whatever is under way; what is called takes that back. */
export function endWith(connection: Connection, signal: AbortSignal): () => void {
  const end = () => {
    connection.cancelled = true
    connection.abandon()
  }
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  return () => signal.removeEventListener('abort', end)
}

/** What decides how values are written as text. */
const OUTPUT: Readonly<Record<string, string>> = {
  // what a value names is then written with its schema
  search_path: '',
  quote_all_identifiers: 'off',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  // rather an error than a part of the rows
  row_security: 'off',
}

/** Until the transaction ends. */
export async function pinOutput(connection: Connection): Promise<void> {
  const settings = Object.entries(OUTPUT).map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
  await send(connection, settings.join(';'))
}

/**
 * Counts and digests rows on the server, within the transaction that is open and its settings. The order of rows is
 * no part of the digest: each row's text has a hash of 64 bits, of which the sum counts.
 */
export async function contentOf(
  connection: Connection,
  tables: readonly ContentTable[],
  onTable: (relation: string) => void,
): Promise<Content> {
  const found = new Map<string, { name: string; rows: number; sum: bigint }>()
  for (const table of tables) {
    const whole = found.get(table.id) ?? { name: table.name, rows: 0, sum: 0n }
    found.set(table.id, whole)
    if (table.relation === null) continue
    const part = await digestOf(connection, rowsOf(table.relation))
    whole.rows += part.rows
    whole.sum += part.sum
    onTable(table.relation)
  }
  const objects = await digestOf(connection, LARGE_OBJECTS)
  const lines = [...found]
    .map(([id, { rows, sum }]) => `${id} ${rows} ${sum}\n`)
    .sort()
    .concat(`large objects ${objects.rows} ${objects.sum}\n`)
  return {
    method: await methodOf(connection),
    digest: createHash('sha256').update(lines.join('')).digest('hex'),
    rows: Object.fromEntries([...found.values()].map(({ name, rows }) => [name, rows])),
  }
}

async function digestOf(
  connection: Connection,
  from: string,
): Promise<{ rows: number; sum: bigint }> {
  const { rows } = await send<{ rows: number; sum: string }>(
    connection,
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(value COLLATE "C", 0)), 0)::text AS sum FROM ${from}`,
  )
  return { rows: Number(rows[0]?.rows), sum: BigInt(rows[0]?.sum ?? 0) }
}

// t.*, since t alone would be a column of that name
const rowsOf = (relation: string): string =>
  `(SELECT (t.*)::text AS value FROM ONLY ${relation} AS t) AS each`

// read in pieces, since a large object may have more bytes than a value can
const LARGE_OBJECTS = `(
  SELECT o.oid || ' ' || piece || ' ' || lo_get(o.oid, piece * 262144, 262144)::text AS value
  FROM pg_largeobject_metadata o,
    LATERAL (SELECT lo_lseek64(lo_open(o.oid, x'40000'::int), 0, 2) AS bytes) AS size,
    LATERAL generate_series(0, greatest(0, size.bytes - 1) / 262144) AS piece
) AS each`

/** Text in another encoding has other bytes, and so another hash. */
async function methodOf(connection: Connection): Promise<string> {
  const { rows } = await send<{ encoding: string }>(
    connection,
    "SELECT current_setting('server_encoding') AS encoding",
  )
  const encoding = rows[0]?.encoding
  return encoding === 'UTF8' ? 'postgres-rows-1' : `postgres-rows-1-${encoding}`
}

const TABLES = `
SELECT shown.name, quote_ident(shown.schema) || '.' || quote_ident(shown.table) AS id,
  CASE c.relkind WHEN 'r' THEN quote_ident(n.nspname) || '.' || quote_ident(c.relname) END AS relation
FROM ${RELATIONS},
  LATERAL (
    SELECT ${SHOWN_NAME} AS name, n.nspname AS schema, c.relname AS "table"
    FROM (SELECT coalesce(pg_partition_root(c.oid), c.oid) AS oid) AS root
    JOIN (${RELATIONS}) ON c.oid = root.oid
  ) AS shown
WHERE c.relkind IN ('r', 'p') AND ${USERS_SCHEMA} AND ${NO_EXTENSIONS}
ORDER BY c.oid`
