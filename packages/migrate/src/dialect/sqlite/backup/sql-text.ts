import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { constants, DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import { isSqliteError } from '../errors.ts'
import { damaged, fromPostgres } from './raw-copy.ts'

/** 256 MB: the text stands in memory as a whole. */
const MAX_BYTES = 256 << 20

const HEAD_BYTES = 64 << 10

/** What pg_dump writes as text, which no SQLite can run. */
const POSTGRES_TEXT = /^\\restrict |^COPY .+ FROM stdin;/m
/** In the comments before the first statement: a text of SQLite's may hold those words in a value. */
const POSTGRES_HEADER = /^(?:\s*(?:--.*)?\r?\n)*?-- PostgreSQL database (?:cluster )?dump/

const NOT_AUTHORIZED = 23

/** NOMEM, READONLY, IOERR, FULL, CANTOPEN: what is wrong is not the text. https://www.sqlite.org/rescode.html */
const OF_THE_MACHINE = [7, 8, 10, 13, 14]

/**
 * Makes the database `file`, which does not exist yet, by running SQL text as `.dump` of sqlite3 writes it. The text can
 * reach no other file and load no code. Foreign keys are not enforced, as in the sqlite3 shell: a text may bring rows
 * before those that they refer to. Throws BACKUP_DAMAGED, BACKUP_WRONG_DIALECT, RESTORE_FAILED, what SQLite throws.
 */
export async function buildFromText(textFile: string, file: string): Promise<void> {
  if (statSync(textFile).size > MAX_BYTES) throw tooLong(textFile)
  // most of what is no text at all shows here, before much is read
  if (head(textFile).includes(0)) throw damaged('it is neither a SQLite database nor SQL text')
  const sql = decoded(textFile)
  if (POSTGRES_HEADER.test(sql.slice(0, HEAD_BYTES))) throw fromPostgres()
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  try {
    // .dump writes virtual tables into the schema table itself
    db.enableDefensive(false)
    db.setAuthorizer(authorize)
    db.exec(sql)
    if (db.isTransaction) throw damaged('the SQL text ends in the middle of its transaction')
  } catch (cause) {
    throw refused(cause, sql.slice(0, HEAD_BYTES))
  } finally {
    db.close()
  }
}

/** VACUUM INTO attaches the file that it writes, and so is refused as well. */
function authorize(action: number, first: string | null, second: string | null): number {
  const reachesOut =
    action === constants.SQLITE_ATTACH ||
    action === constants.SQLITE_DETACH ||
    (action === constants.SQLITE_FUNCTION && second?.toLowerCase() === 'load_extension') ||
    // sets a folder for all connections of the process
    (action === constants.SQLITE_PRAGMA && /_store_directory$/i.test(first ?? ''))
  return reachesOut ? constants.SQLITE_DENY : constants.SQLITE_OK
}

function head(file: string): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.subarray(0, readSync(descriptor, buffer))
  } finally {
    closeSync(descriptor)
  }
}

function decoded(file: string): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (cause) {
    throw damaged('it is neither a SQLite database nor SQL text in UTF-8', cause)
  }
  // SQLite would take it for the end, and pass over the rest without a word
  if (text.includes('\0')) throw damaged('the SQL text holds a NUL character')
  return text
}

function refused(cause: unknown, head: string): unknown {
  if (!isSqliteError(cause) || OF_THE_MACHINE.includes(cause.errcode & 0xff)) return cause
  if (POSTGRES_TEXT.test(head)) return fromPostgres()
  if (cause.errcode === NOT_AUTHORIZED || cause.message.includes('not authorized')) {
    return new MigrateError('RESTORE_FAILED', {
      message:
        'The SQL text would attach another database file or load code, which a backup has no need to: it was refused.',
      hint: 'Read the text before you trust it; what `.dump` of sqlite3 writes does neither.',
      cause,
    })
  }
  return damaged(`it is neither a database nor SQL text that runs: ${cause.message}`, cause)
}

const tooLong = (file: string): MigrateError =>
  new MigrateError('RESTORE_FAILED', {
    message: `The SQL text has ${statSync(file).size} bytes, more than the ${MAX_BYTES} that are read.`,
    hint: 'Make a database of it with `sqlite3 new.db < FILE`, then restore new.db.',
  })
