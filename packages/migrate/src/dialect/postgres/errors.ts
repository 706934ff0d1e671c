import type { DatabaseError } from 'pg'
import { CODES, type ErrorCode } from '../../codes.ts'
import { MigrateError } from '../../errors.ts'
import { JOURNAL_TABLES } from '../port.ts'
import { withoutRowValues } from './row-values.ts'

/** What a connection knows that helps to tell what an error means. */
export interface Circumstances {
  /** The statement that failed. */
  readonly sql?: string
  /** The connection is gone. */
  readonly lost: boolean
  /** We asked the server to stop the statement. */
  readonly cancelled: boolean
}

/** What was connected to, as far as an error may show it. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '23503': 'FOREIGN_KEY_VIOLATION',
  '23505': 'DUPLICATE_ROW',
  '25006': 'READ_ONLY',
  '25P03': 'CONNECTION_LOST', // idle_in_transaction_session_timeout
  '25P04': 'CONNECTION_LOST', // transaction_timeout
  '40P01': 'DEADLOCK',
  '42501': 'PERMISSION_DENIED',
  '53100': 'DISK_FULL',
  '53300': 'DATABASE_UNREACHABLE', // too many connections
  '55P03': 'DDL_LOCK_TIMEOUT',
  '57P01': 'CONNECTION_LOST',
  '57P02': 'CONNECTION_LOST',
  '57P03': 'DATABASE_UNREACHABLE', // starting up or shutting down
  '57P05': 'CONNECTION_LOST', // idle_session_timeout
}
const QUERY_CANCELED = '57014'
const LOST_CODES = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED']

/** The server's own errors have a severity and a SQLSTATE of five characters; the driver's have neither. */
const isServerError = (thrown: unknown): thrown is DatabaseError & { code: string } =>
  thrown instanceof Error &&
  typeof (thrown as { severity?: unknown }).severity === 'string' &&
  typeof (thrown as { code?: unknown }).code === 'string'

const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error ? (thrown as { code?: string }).code : undefined

/** What a statement threw, as a MigrateError. */
export function queryError(cause: unknown, at: Circumstances): MigrateError {
  if (cause instanceof MigrateError) return cause
  if (isServerError(cause)) return serverError(cause, at)
  const text = cause instanceof Error ? cause.message : String(cause)
  // where a statement could not be stopped, its connection was ended
  if (at.cancelled && at.lost) return new MigrateError('INTERRUPTED', { cause })
  if (at.lost || LOST_CODES.includes(codeOf(cause) ?? '')) {
    return new MigrateError('CONNECTION_LOST', {
      message: `The connection to the database was lost: ${text}`,
      cause,
    })
  }
  return new MigrateError('STATEMENT_FAILED', {
    message: `The statement could not be sent or its answer not be read: ${text}`,
    cause,
  })
}

function serverError(cause: DatabaseError & { code: string }, at: Circumstances): MigrateError {
  const code = codeOfState(cause.code, at)
  const said = withoutRowValues(cause)
  const offset = at.sql !== undefined ? offsetOf(cause.position, at.sql) : undefined
  return new MigrateError(code, {
    message:
      code === 'STATEMENT_FAILED' || code === 'DUPLICATE_ROW'
        ? `PostgreSQL refused a statement: ${said}`
        : `${CODES[code].summary.replace(/\.$/, '')}: ${said}`,
    ...(code === 'STATEMENT_FAILED' && cause.hint && { hint: cause.hint }),
    ...(code === 'READ_ONLY' && { hint: READ_ONLY_HINT }),
    ...(code === 'PERMISSION_DENIED' && OF_JOURNAL.test(said) && { hint: JOURNAL_HINT }),
    ...(offset !== undefined && { offset }),
    cause,
  })
}

const READ_ONLY_HINT =
  'The server is a standby, or default_transaction_read_only is on: for the server, the database, the role, or in PGOPTIONS. Name the primary server, or turn it off.'

/** In every language of the server the table's name stands for itself. */
const OF_JOURNAL = new RegExp(`\\b(?:${JOURNAL_TABLES.join('|')})(?:_id_seq)?\\b`)

const JOURNAL_HINT =
  'The application does not touch the journal: migrate, and ask for the status, as the role that migrates, before the application starts. What that role lacks `grants` tells.'

function codeOfState(state: string, at: Circumstances): ErrorCode {
  // the same SQLSTATE tells of statement_timeout, which is no interruption
  if (state === QUERY_CANCELED) return at.cancelled ? 'INTERRUPTED' : 'STATEMENT_FAILED'
  if (state.startsWith('08')) return 'CONNECTION_LOST'
  return BY_STATE[state] ?? 'STATEMENT_FAILED'
}

/** PostgreSQL counts characters from 1; a string's index counts UTF-16 units from 0. */
function offsetOf(position: string | undefined, sql: string): number | undefined {
  if (!position) return undefined
  let offset = 0
  let left = Number(position) - 1
  for (const character of sql) {
    if (left-- <= 0) break
    offset += character.length
  }
  return offset
}

/** Why no connection came about, as a MigrateError. Never says the password. */
export function connectError(cause: unknown, to: Endpoint): MigrateError {
  const server = to.host.startsWith('/') ? to.host : `${to.host}:${to.port}`
  const text = cause instanceof Error ? cause.message : String(cause)
  const state = isServerError(cause) ? cause.code : undefined
  switch (state) {
    case '28P01':
    case '28000':
      return refused(`The server ${server} refused the user "${to.user}": ${text}.`, cause)
    case '3D000':
      return new MigrateError('DATABASE_MISSING', {
        message: `There is no database "${to.database}" on ${server}.`,
        ...(/%[0-9a-f]{2}/i.test(to.database) && { hint: ESCAPED_NAME_HINT }),
        cause,
      })
    case '42501':
      return new MigrateError('PERMISSION_DENIED', {
        message: `The user "${to.user}" may not connect to "${to.database}" on ${server}: ${text}.`,
        cause,
      })
    case '53300':
      return new MigrateError('DATABASE_UNREACHABLE', {
        message: `The server ${server} has no connection left: ${text}.`,
        hint: 'Close connections that are not needed, or raise max_connections, then run again.',
        cause,
      })
  }
  // the driver's own words where the server wants a password and the URL has none
  if (text.includes('password must be a')) {
    return new MigrateError('AUTHENTICATION_FAILED', {
      message: `The server ${server} wants a password for the user "${to.user}", and none was given.`,
      hint: 'Put it into DATABASE_URL, into PGPASSWORD, or into ~/.pgpass.',
      cause,
    })
  }
  if (text.startsWith('SASL:')) {
    return refused(`The server ${server} and the user "${to.user}" did not agree: ${text}.`, cause)
  }
  return new MigrateError('DATABASE_UNREACHABLE', {
    message: `The database server ${server} does not answer: ${reason(cause, text)}.`,
    cause,
  })
}

/** It reads the name with decodeURI, which leaves signs that have a meaning in URLs as they are written. */
const ESCAPED_NAME_HINT =
  'The driver cannot reach a database with one of # ? / ; : @ & = + $ , in its name: ALTER DATABASE … RENAME TO … gives it another one.'

const refused = (message: string, cause: unknown): MigrateError =>
  new MigrateError('AUTHENTICATION_FAILED', { message, cause })

/** Where a name has several addresses Node throws an error without a text, one inside for each address. */
function reason(cause: unknown, text: string): string {
  if (cause instanceof AggregateError) return reason(cause.errors[0], String(cause.errors[0]))
  switch (codeOf(cause)) {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known'
    default:
      return text
  }
}
