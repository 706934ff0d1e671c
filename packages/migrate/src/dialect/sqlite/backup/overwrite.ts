import { rm } from 'node:fs/promises'
import { backup, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import type { Swap, SwapOptions } from '../../port.ts'
import { connect, pragma } from '../connection.ts'
import { isBusy, isSqliteError, translated } from '../errors.ts'
import { inBackground } from './background.ts'
import { isFalseSuccess } from './copy.ts'
import { assertSameEncoding } from './encoding.ts'
import { digestOf } from './examine.ts'
import { assertGoesOn } from './goes-on.ts'
import { type Patience, patience } from './patience.ts'
import { prove } from './proof.ts'
import { fitPageSize } from './settle.ts'

const PAGES_A_STEP = 2048
/** How often the safety backup is taken again because somebody committed right after it. */
const MAX_ROUNDS = 10

/** What an exchange works on. */
interface Exchange {
  readonly live: string
  /** Settled, with the live database's page size. */
  readonly file: string
  /** A connection to the live database that sees whether others commit. */
  readonly watcher: DatabaseSync
  /** Whether the live database is in WAL mode: then it can be read while it is written. */
  readonly wal: boolean
  readonly waiting: Patience
  readonly options: SwapOptions
}

/**
 * Writes the settled database `file` over the live one by SQLite's backup, in one transaction: whoever has it open goes
 * on with the restored data, a reader at the end of its transaction, and a process that dies leaves the old data.
 * Removes `file`. Throws DATABASE_BUSY, DISK_FULL, INTERRUPTED with nothing changed, and what `prove` throws.
 */
export async function overwrite(live: string, file: string, options: SwapOptions): Promise<Swap> {
  const waiting = patience(live, options)
  let watcher: DatabaseSync | undefined
  let wal = false
  let wasWal = true
  try {
    const db = await waiting.until(() => connect(live, 'mode=rw', 0))
    watcher = db
    if (!options.force) assertSameEncoding(db, live, file)
    wasWal = (await waiting.until(() => pragma(db, 'journal_mode'))) === 'wal'
    wal = await inWalMode(db, waiting)
    await fitPageSize(file, Number(pragma(watcher, 'page_size')), options.signal)
    const digest = await digestOf(file, options.signal)
    const { pages, version } = await exchange({ live, file, watcher, wal, waiting, options })
    // the disk need not hold it twice while it is read again
    await rm(file)
    const proof = await prove({ live, beside: file, watcher, digest, pages, version })
    if (wal) await shortenWal(live)
    return { previous: null, proof, notes: [] }
  } catch (thrown) {
    throw isSqliteError(thrown) ? translated(thrown, live) : thrown
  } finally {
    if (watcher && wal && !wasWal) leaveWal(watcher)
    watcher?.close()
  }
}

/** Tries to have the live database in WAL mode; false where the file system does not allow it. */
const inWalMode = (watcher: DatabaseSync, waiting: Patience): Promise<boolean> =>
  waiting.until(() => pragma(watcher, 'journal_mode=WAL') === 'wal', 'readers')

/** Back to a rollback journal, as the database was; where others have it open, it stays as they use it now. */
function leaveWal(watcher: DatabaseSync): void {
  try {
    pragma(watcher, 'journal_mode=DELETE')
  } catch {
    // what was restored, or not, does not depend on it
  }
}

/** Changes exactly when another connection has committed. */
const dataVersion = (watcher: DatabaseSync): number => Number(pragma(watcher, 'data_version'))

/** How many pages were written, and the data version right afterwards. */
async function exchange(at: Exchange): Promise<{ pages: number; version: number }> {
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const saved = await saveWhileHeld(at)
    for (;;) {
      // without WAL nothing can be read once the backup holds the lock: there a commit right after this look is missed
      if ((await at.waiting.until(() => dataVersion(at.watcher))) !== saved) break
      const pages = await tryToWrite(at, saved)
      if (typeof pages === 'number') return { pages, version: dataVersion(at.watcher) }
      if (pages === 'overtaken') break
      await at.waiting.wait(at.wal ? 'writers' : 'readers')
    }
  }
  throw new MigrateError('DATABASE_BUSY', {
    message: `Others committed to ${at.live} after each of ${MAX_ROUNDS} safety backups of it. Nothing was changed.`,
    hint: 'Stop the programs that write to it, then restore again.',
  })
}

/** Lets nobody commit while what is there is backed up. Returns the data version that the backup has. */
async function saveWhileHeld({ watcher, waiting, options }: Exchange): Promise<number> {
  await waiting.until(() => watcher.exec('BEGIN IMMEDIATE'))
  try {
    await options.save()
    assertGoesOn(options.signal)
    return dataVersion(watcher)
  } finally {
    if (watcher.isTransaction) watcher.exec('ROLLBACK')
  }
}

/** The pages written; 'busy' and 'overtaken' (somebody committed since `saved`) with nothing changed. */
async function tryToWrite(
  { live, file, watcher, wal, options }: Exchange,
  saved: number,
): Promise<number | 'busy' | 'overtaken'> {
  const source = connect(file, 'immutable=1')
  const pages = Number(pragma(source, 'page_count'))
  let looked = !wal
  let overtaken = false
  try {
    const written = await backup(source, live, {
      // one step for all would call nobody back
      rate: Math.min(PAGES_A_STEP, pages - 1),
      progress: () => {
        assertGoesOn(options.signal)
        if (looked) return
        // from its first step on the backup holds the write lock: what was committed until now is all there will be
        looked = true
        overtaken = dataVersion(watcher) !== saved
        // what a callback throws rolls the backup back
        if (overtaken) throw new Error('overtaken')
      },
    })
    return written === pages ? pages : 'busy'
  } catch (thrown) {
    if (overtaken) return 'overtaken'
    // its first step was refused: a writer is at work, or without WAL a reader
    if (isFalseSuccess(thrown) || isBusy(thrown)) return 'busy'
    throw thrown
  } finally {
    source.close()
  }
}

/** What went through the WAL need not stand on the disk twice; where others are in the way, a later checkpoint does it. */
async function shortenWal(live: string): Promise<void> {
  try {
    await inBackground('checkpoint', [live], new AbortController().signal)
  } catch {
    // the restored data is in the WAL just as safely
  }
}
