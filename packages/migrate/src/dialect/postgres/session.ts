import type { CustomTypesConfig, QueryResult as DriverResult } from 'pg'
import type { QueryResult, Row, Session } from '../session.ts'
import type { Connection } from './connection.ts'
import { queryError } from './errors.ts'

/** A statement's answer, with what the server said about the transaction. */
export interface Answer<R> extends QueryResult<R> {
  /** The command tags: one a statement, as several may stand in one text. */
  readonly commands: readonly string[]
  /** 'I' outside a transaction, 'T' inside, 'E' inside one that failed. */
  readonly transaction: string | null
}

export interface StatementOptions {
  /**
   * 'portable' (default): values as on SQLite; times as ISO 8601 in UTC, whole numbers as numbers (bigint beyond
   * 2^53). 'driver': what users of pg and Kysely expect, Date among them.
   */
  readonly values?: 'portable' | 'driver'
}

const CHANGES_ROWS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

// https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
const INT8 = 20
const DATE = 1082
const TIMESTAMP = 1114
const TIMESTAMPTZ = 1184

/** A session on an open connection. Closing the session closes the connection. */
export function sessionOn(connection: Connection): Session {
  return {
    query: (sql, params) => send(connection, sql, params),
    close: () => connection.close(),
  }
}

/**
 * Sends a statement without waiting for those before it: they share a round trip and are run in order. Without
 * parameters the text may hold several statements; the rows are the last one's.
 */
export function send<R = Row>(
  connection: Connection,
  sql: string,
  params: readonly unknown[] = [],
  options: StatementOptions = {},
): Promise<Answer<R>> {
  const { client } = connection
  const portable = options.values !== 'driver'
  const config = {
    text: sql,
    values: portable ? params.map(bound) : [...params],
    ...(portable && { types: portableTypes(connection) }),
  }
  return new Promise((resolve, reject) => {
    // pg hands over a list of results where the text held several statements
    client.query(config, (cause: unknown, result: DriverResult | DriverResult[]) => {
      if (cause) return reject(queryError(cause, { ...stateOf(connection), sql }))
      const results = Array.isArray(result) ? result : [result]
      resolve({
        rows: (results.at(-1)?.rows ?? []) as R[],
        affected: results.reduce((sum, one) => sum + affected(one), 0),
        commands: results.map((one) => one.command),
        // read here: after an await it may be that of a later statement
        transaction: client.getTransactionStatus(),
      })
    })
  })
}

const stateOf = ({ lost, cancelled }: Connection) => ({ lost, cancelled })

const affected = (result: DriverResult): number =>
  CHANGES_ROWS.has(result.command) ? (result.rowCount ?? 0) : 0

/** The driver would write a date in local time, which a column without time zone would keep as it stands. */
const bound = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)

const portableTypesOf = new WeakMap<Connection, CustomTypesConfig>()

function portableTypes(connection: Connection): CustomTypesConfig {
  let types = portableTypesOf.get(connection)
  if (!types) {
    types = createPortableTypes(connection)
    portableTypesOf.set(connection, types)
  }
  return types
}

function createPortableTypes({ client }: Connection): CustomTypesConfig {
  const asDate = client.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => unknown
  const asIso = (text: string): string => {
    const date = asDate(text)
    // infinity is no date
    return date instanceof Date ? date.toISOString() : text
  }
  const parsers: Readonly<Record<number, (text: string) => unknown>> = {
    [INT8]: wholeNumber,
    [DATE]: (text) => text,
    [TIMESTAMP]: (text) => asIso(/infinity/.test(text) ? text : withZone(text)),
    [TIMESTAMPTZ]: asIso,
  }
  return {
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
      parsers[oid] ?? client.getTypeParser(oid, format)) as CustomTypesConfig['getTypeParser'],
  }
}

/** A time without zone is taken for UTC; `BC` stands at the end. */
const withZone = (text: string): string => text.replace(/( BC)?$/, '+00$1')

const wholeNumber = (text: string): number | bigint => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}
