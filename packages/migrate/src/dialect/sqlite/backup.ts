import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { backup, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import type { BackupOptions, BackupPort } from '../port.ts'
import { connect, connectReader } from './connection.ts'
import { translated } from './errors.ts'

/** Pages a step: 8 MB at SQLite's usual page size, a few milliseconds between two looks at the signal. */
const PAGES_A_STEP = 2048

/** SQLite's online backup of `source`. */
export function createBackup(source: string): Omit<BackupPort, 'extension'> {
  return {
    // it comes with Node
    async probe() {},
    write: (file, options) => writeBackup(source, file, options),
    async verify(file) {
      verifyBackup(file)
    },
  }
}

async function writeBackup(source: string, file: string, options: BackupOptions): Promise<void> {
  const db = connectReader(source)
  try {
    pin(db, source)
    createForOwner(file)
    await copyPages(db, file, options)
  } finally {
    db.close()
  }
}

/** SQLite itself would follow the umask. */
function createForOwner(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    throw failed(cause, file)
  }
}

/** Holds one state of the database: without it every commit by another connection restarts the backup. */
function pin(db: DatabaseSync, source: string): void {
  try {
    db.exec('BEGIN')
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (cause) {
    throw translated(cause, source)
  }
}

async function copyPages(db: DatabaseSync, file: string, options: BackupOptions): Promise<void> {
  try {
    assertGoesOn(options.signal)
    await backup(db, file, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => {
        assertGoesOn(options.signal)
        options.onProgress(totalPages - remainingPages, totalPages)
      },
    })
    assertComplete(file, number(db, 'PRAGMA page_count'), number(db, 'PRAGMA page_size'))
  } catch (cause) {
    rmSync(file, { force: true })
    rmSync(`${file}-journal`, { force: true })
    throw failed(cause, file)
  }
}

/** A backup can report success and have written nothing, where another connection held the source. */
export function assertComplete(file: string, pages: number, pageSize: number): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (pages > 0 && size === pages * pageSize) return
  throw new MigrateError('BACKUP_FAILED', {
    message: `The backup ${file} has ${size} bytes where ${pages * pageSize} were due. Nothing was changed.`,
  })
}

/** Reads the copy through. Throws BACKUP_FAILED with the first thing that is wrong. */
function verifyBackup(file: string): void {
  let db: DatabaseSync | undefined
  try {
    // a copy of a WAL database is one too, and would get files beside it
    db = connect(file, 'immutable=1')
    assertComplete(file, number(db, 'PRAGMA page_count'), number(db, 'PRAGMA page_size'))
    const first = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
    if (first !== 'ok') throw unsound(file, first)
  } catch (cause) {
    if (cause instanceof MigrateError && cause.code === 'BACKUP_FAILED') throw cause
    throw unsound(file, cause instanceof Error ? cause.message : String(cause), cause)
  } finally {
    db?.close()
  }
}

const number = (db: DatabaseSync, pragma: string): number => {
  const [value] = Object.values(db.prepare(pragma).get() ?? {})
  return Number(value)
}

function assertGoesOn(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw new MigrateError('INTERRUPTED', { message: 'Interrupted during the backup.' })
}

function failed(cause: unknown, file: string): MigrateError {
  const error = translated(cause, file)
  if (error.code !== 'STATEMENT_FAILED') return error
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MigrateError('BACKUP_FAILED', {
    message: `The backup ${file} could not be written: ${reason}. Nothing was changed.`,
    cause,
  })
}

const unsound = (file: string, reason: string, cause?: unknown): MigrateError =>
  new MigrateError('BACKUP_FAILED', {
    message: `The backup ${file} is not sound: ${reason}`,
    cause,
  })
