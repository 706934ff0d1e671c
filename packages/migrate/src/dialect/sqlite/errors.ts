import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { MigrateError } from '../../errors.ts'

/** What of a statement helps to say where it failed. */
export interface Failed {
  readonly sql: string
  /** Where the statement begins in what the caller passed. */
  readonly start: number
}

// https://www.sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const PERM = 3
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26
const CORRUPT_VTAB = 267
const CONSTRAINT_FOREIGNKEY = 787
/** Of a primary key, of another unique key, of the rowid. */
const CONSTRAINT_UNIQUE = [1555, 2067, 2579]

interface SqliteError extends Error {
  /** The extended result code; its low byte is the primary one. */
  readonly errcode: number
}

export const isSqliteError = (thrown: unknown): thrown is SqliteError =>
  thrown instanceof Error && typeof (thrown as { errcode?: unknown }).errcode === 'number'

export const isBusy = (thrown: unknown): boolean =>
  isSqliteError(thrown) && [BUSY, LOCKED].includes(thrown.errcode & 0xff)

/** Whether SQLite says that the file is none of its own, or broken. */
export const isDamage = (thrown: unknown): boolean =>
  thrown instanceof MigrateError
    ? thrown.code === 'NOT_A_DATABASE'
    : isSqliteError(thrown) && [NOTADB, CORRUPT].includes(thrown.errcode & 0xff)

export const isForeignKeyFailure = (thrown: unknown): boolean =>
  isSqliteError(thrown) && thrown.errcode === CONSTRAINT_FOREIGNKEY

/** What node:sqlite threw, as a MigrateError. `location` is the database's file. */
export function translated(cause: unknown, location: string, failed?: Failed): MigrateError {
  if (cause instanceof MigrateError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  if (!isSqliteError(cause)) return denied(cause, location) ?? refused(text, cause, failed)
  if (cause.errcode === CONSTRAINT_FOREIGNKEY) {
    return new MigrateError('FOREIGN_KEY_VIOLATION', {
      message: 'A row would point at nothing, or a row that others point at would go.',
      cause,
    })
  }
  // without a statement it is the copy of a damaged database
  if (failed && CONSTRAINT_UNIQUE.includes(cause.errcode)) {
    return refused(text, cause, failed, 'DUPLICATE_ROW')
  }
  if (cause.errcode === CORRUPT_VTAB) return refused(text, cause, failed)
  switch (cause.errcode & 0xff) {
    case BUSY:
    case LOCKED:
      return new MigrateError('DATABASE_BUSY', {
        message: `Another connection keeps ${location} busy.`,
        hint: 'End the process or the long transaction that writes to it, then run again.',
        cause,
      })
    case PERM:
    case READONLY:
    case CANTOPEN:
      return new MigrateError('READ_ONLY', {
        message: `${location}, or its folder, cannot be written: ${text}.`,
        cause,
      })
    case FULL:
      return diskFull(location, cause)
    case IOERR:
      if (isFull(location)) return diskFull(location, cause)
      return new MigrateError('DISK_FAILED', {
        message: `The disk that holds ${location}, or its file system, failed: ${text} (SQLite's code ${cause.errcode}).`,
        cause,
      })
    case NOTADB:
    case CORRUPT:
      return new MigrateError('NOT_A_DATABASE', {
        message: `${location} is not a SQLite database, or it is damaged: ${text}.`,
        cause,
      })
    default:
      return refused(text, cause, failed)
  }
}

const diskFull = (location: string, cause: unknown): MigrateError =>
  new MigrateError('DISK_FULL', { message: `The disk that holds ${location} is full.`, cause })

/** What SQLite asks for at once beside a database in WAL mode, its shared memory, in bytes; it has no word for it. */
const LEAST_BYTES = 32 << 10

function isFull(location: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(location))
    return bavail * bsize < LEAST_BYTES
  } catch {
    return false
  }
}

/** What the system says of a file that this user may not look at. */
export function denied(cause: unknown, location: string): MigrateError | null {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') return null
  return new MigrateError('PERMISSION_DENIED', {
    message: `This user may not read ${location}: ${message}.`,
    hint: 'Run it as the user that the database belongs to, or give this one the right to read and write the file and its folder.',
    cause,
  })
}

function refused(
  text: string,
  cause: unknown,
  failed: Failed | undefined,
  code: 'STATEMENT_FAILED' | 'DUPLICATE_ROW' = 'STATEMENT_FAILED',
): MigrateError {
  const offset = failed && offsetOf(text, failed.sql)
  return new MigrateError(code, {
    message: `SQLite refused a statement: ${text}`,
    cause,
    ...(failed && offset !== undefined && { offset: failed.start + offset }),
  })
}

const NAMES_A_TOKEN =
  /^(?:near "(.+)": syntax error|unrecognized token: "(.+)"|no such (?:column|table|function|index|view|trigger|collation sequence): (.+)|(?:table|index|view|trigger) (.+) already exists)$/s

/** SQLite's driver gives no position; the token that the message names is one where it stands there once. */
function offsetOf(message: string, sql: string): number | undefined {
  if (message === 'incomplete input') return sql.length
  const token = NAMES_A_TOKEN.exec(message)
    ?.slice(1)
    .find(Boolean)
    ?.replace(/^main\./, '')
  if (token === undefined) return undefined
  const first = indexOfWord(sql, token, 0)
  return first >= 0 && indexOfWord(sql, token, first + 1) < 0 ? first : undefined
}

function indexOfWord(text: string, word: string, from: number): number {
  const partOfName = (char: string | undefined) => char !== undefined && /[\w$]/.test(char)
  const isName = partOfName(word[0])
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isName || !(partOfName(text[at - 1]) || partOfName(text[at + word.length]))) return at
  }
  return -1
}
