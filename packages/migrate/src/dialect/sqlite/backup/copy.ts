import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { backup, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import { connectReader, pragma } from '../connection.ts'
import { isSqliteError, translated } from '../errors.ts'
import { assertGoesOn } from './goes-on.ts'

/** Pages a step: 8 MB at SQLite's usual page size, some 15 ms. From 512 to 8192 the speed is the same (1 GB, ext4). */
const PAGES_A_STEP = 2048

/** How often commits of others may make a copy begin again, where they cannot be kept out of it. */
const MAX_RESTARTS = 20

export interface CopyOptions {
  readonly onBytes: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/**
 * Copies one state of a database that others may be using into `file`, which does not exist yet, by SQLite's online
 * backup. In WAL mode a pinned read transaction holds that state; without WAL a pin would stop all writers, so the copy
 * goes in short steps and begins again when somebody commits. Returns the pages that were copied. Leaves nothing when it
 * throws: DATABASE_BUSY, DISK_FULL, INTERRUPTED, BACKUP_FAILED, and what `connectReader` throws.
 */
export async function copyPages(
  source: string,
  file: string,
  { onBytes, signal }: CopyOptions,
): Promise<{ readonly pages: number; readonly pageSize: number }> {
  assertGoesOn(signal)
  const db = connectReader(source)
  try {
    const pinned = pragma(db, 'journal_mode') === 'wal'
    if (pinned) pin(db, source)
    createForOwner(file)
    try {
      const pageSize = Number(pragma(db, 'page_size'))
      onBytes(0, Number(pragma(db, 'page_count')) * pageSize)
      const pages = await run(db, source, file, {
        maxRestarts: pinned ? 0 : MAX_RESTARTS,
        onPages: (done, total) => onBytes(done * pageSize, total * pageSize),
        signal,
      })
      assertComplete(file, pages, pageSize)
      return { pages, pageSize }
    } catch (cause) {
      removeWithSidecars(file)
      throw isFalseSuccess(cause) ? busy(source, cause) : failed(cause, file)
    }
  } finally {
    db.close()
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

interface Running {
  readonly maxRestarts: number
  readonly onPages: (done: number, total: number) => void
  readonly signal: AbortSignal
}

function run(
  db: DatabaseSync,
  source: string,
  file: string,
  { maxRestarts, onPages, signal }: Running,
): Promise<number> {
  let before = 0
  let restarts = 0
  return backup(db, file, {
    rate: PAGES_A_STEP,
    progress: ({ totalPages, remainingPages }) => {
      assertGoesOn(signal)
      const done = totalPages - remainingPages
      // no further than before: it began again, or waited in vain for a writer to let it read on
      if (done <= before && ++restarts > maxRestarts) throw restarted(source, restarts)
      before = done
      onPages(done, totalPages)
    },
  })
}

/** SQLite itself would follow the umask. */
function createForOwner(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    throw failed(cause, file)
  }
}

/** A backup can report success and have written nothing, where another connection held the source. */
export function assertComplete(file: string, pages: number, pageSize: number): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (pages > 0 && size === pages * pageSize) return
  throw new MigrateError('BACKUP_FAILED', {
    message: `The copy ${file} has ${size} bytes where ${pages * pageSize} were due. Nothing was changed.`,
  })
}

/** What `backup` rejects with where a step was refused and nothing was copied: "not an error", code 0. It means busy. */
export const isFalseSuccess = (thrown: unknown): boolean =>
  isSqliteError(thrown) && thrown.errcode === 0

export const SIDECARS = ['-wal', '-shm', '-journal'] as const

/** Removes a database that nobody has open. */
export function removeWithSidecars(file: string): void {
  for (const suffix of ['', ...SIDECARS]) rmSync(`${file}${suffix}`, { force: true })
}

/** What could not be written, in the words of a backup. */
function failed(cause: unknown, file: string): MigrateError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MigrateError('DISK_FULL', { message: `The disk that holds ${file} is full.`, cause })
  }
  const error = translated(cause, file)
  if (error.code !== 'STATEMENT_FAILED') return error
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MigrateError('BACKUP_FAILED', {
    message: `The copy ${file} could not be written: ${reason}. Nothing was changed.`,
    cause,
  })
}

const busy = (source: string, cause: unknown): MigrateError =>
  new MigrateError('DATABASE_BUSY', {
    message: `Another connection holds ${source} and let nothing be read. Nothing was changed.`,
    hint: 'End the process or the long transaction that holds it, then run again.',
    cause,
  })

const restarted = (source: string, times: number): MigrateError =>
  new MigrateError('DATABASE_BUSY', {
    message:
      `${source} is in rollback-journal mode, and others committed to it ${times} times while it was copied: ` +
      'each time the copy had to begin again. Nothing was changed.',
    hint: 'Run `PRAGMA journal_mode=WAL` on it once, which lets a copy go on beside writers, or choose a quieter time.',
  })
