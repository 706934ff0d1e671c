import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { MigrateError } from '../../errors.ts'
import { isBusy, translated } from './errors.ts'
import { isJournalModeKept } from './journal-mode.ts'

// No file of a database that this process may write is opened here but by SQLite: closing any other descriptor of it
// would drop the locks that this process holds (https://www.sqlite.org/howtocorrupt.html, section 2.2).

/** How long a statement waits for other connections, in milliseconds. */
const BUSY_MS = 5000
/** How long the change to WAL waits for others: it is tried at every run, so the first may do without. */
const WAL_MS = 250

/** Whether there is a database: a file of no bytes is none yet. Throws PERMISSION_DENIED for a closed folder. */
export function databaseExists(file: string): boolean {
  try {
    return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
  } catch (cause) {
    throw translated(cause, file)
  }
}

/** The value of a PRAGMA that has one. */
export const pragma = (db: DatabaseSync, name: string): SQLOutputValue | undefined =>
  Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]

/** Opens `file` with one of SQLite's URI parameters and reads its header. */
export function connect(
  file: string,
  parameter: 'mode=rw' | 'mode=ro' | 'immutable=1',
  timeout: number = BUSY_MS,
): DatabaseSync {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new MigrateError('NOT_A_DATABASE', { message: `${file} is a folder, not a database.` })
  }
  const db = new DatabaseSync(`${pathToFileURL(file).href}?${parameter}`, {
    timeout,
    enableForeignKeyConstraints: true,
    readOnly: parameter !== 'mode=rw',
  })
  try {
    db.prepare('PRAGMA schema_version').get()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * A connection that changes no file and leaves none behind. A read-only connection to a WAL database at rest would
 * leave `-wal` and `-shm` beside it; one that may write makes them too and removes them when it closes, so that only
 * the folder's time of change tells. `immutable=1` would make none, but takes no lock: an application that starts
 * meanwhile could change the pages under the reader. Throws DATABASE_MISSING, PERMISSION_DENIED, NOT_A_DATABASE,
 * READ_ONLY, DATABASE_BUSY.
 */
export function connectReader(file: string): DatabaseSync {
  if (!databaseExists(file)) {
    throw new MigrateError('DATABASE_MISSING', { message: `There is no database at ${file}.` })
  }
  try {
    accessSync(file, constants.R_OK)
    const db = openReadOnly(file)
    db.exec(MANY_PAGES)
    return db
  } catch (cause) {
    throw translated(cause, file)
  }
}

function openReadOnly(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return connect(file, 'mode=ro')
  if (writable(file) && writable(dirname(file))) {
    const db = connect(file, 'mode=rw')
    db.exec('PRAGMA query_only=ON')
    return db
  }
  // without a -wal nobody is changing a WAL database
  return connect(file, isWal(file) ? 'immutable=1' : 'mode=ro')
}

/**
 * Up to 64 MB of pages instead of 2, taken as they are read. Measured for integrity_check and foreign_key_check of
 * 1,000,000 rows (635 MB): 7.5 s of CPU against 10, since indexes are compared with their tables in no order.
 */
const MANY_PAGES = 'PRAGMA cache_size=-65536'

/** Only for a database that this process cannot write, and so holds no lock on that matters: see above. */
function isWal(file: string): boolean {
  const header = Buffer.alloc(20)
  const descriptor = openSync(file, 'r')
  readSync(descriptor, header)
  closeSync(descriptor)
  // https://www.sqlite.org/fileformat.html, section 1.3: the read version is 2 for WAL
  return header[19] === 2
}

/**
 * For the connection of a work, which may add many rows in large transactions: 64 MB of pages instead of 2, and 8,000
 * pages of WAL instead of 1,000. Measured for 1,000,000 rows, 5,000 a transaction, into a table with five indexes over
 * random values (456 MB): 74 to 93 s of CPU against 103 to 110, and 50 GB written to the cache of the system against 86,
 * 25 GB read against 57. More cache alone: 92 s; more WAL alone: 107 s.
 */
const MANY_ROWS = 'PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=8000'

/**
 * The connection that a run writes through; with `manyRows` with settings of its own, which end with it. Throws
 * READ_ONLY, NOT_A_DATABASE, DATABASE_BUSY.
 */
export function connectWriter(file: string, manyRows: boolean): DatabaseSync {
  try {
    const db = connect(file, 'mode=rw', WAL_MS)
    if (!isJournalModeKept(file)) useWal(db)
    db.exec(`PRAGMA synchronous=FULL; PRAGMA busy_timeout=${BUSY_MS}`)
    if (manyRows) db.exec(MANY_ROWS)
    return db
  } catch (cause) {
    throw translated(cause, file)
  }
}

function useWal(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA journal_mode=WAL')
  } catch (error) {
    // others are connected: the present mode is as safe, only slower
    if (!isBusy(error)) {
      db.close()
      throw error
    }
  }
}

/**
 * Creates `file` for its owner alone, where it is missing; where it is there, it must be writable. Throws
 * DATABASE_MISSING for a missing folder, PERMISSION_DENIED, READ_ONLY, DISK_FULL.
 */
export function createPrivate(file: string): void {
  try {
    if (statSync(file, { throwIfNoEntry: false })) accessSync(file, constants.W_OK)
    else closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new MigrateError('DATABASE_MISSING', {
        message: `The folder ${dirname(file)} does not exist, so ${file} cannot be created.`,
        hint: 'Create the folder, or check the path in DATABASE_URL.',
        cause,
      })
    }
    if (code === 'ENOSPC') throw new MigrateError('DISK_FULL', { message, cause })
    throw new MigrateError('READ_ONLY', {
      message: `${file} cannot be written: ${message}.`,
      cause,
    })
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
