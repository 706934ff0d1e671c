import { open as openFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import type { Content, Dialect, Prepared, PrepareOptions } from '../../port.ts'
import { connect } from '../connection.ts'
import { isDamage, translated } from '../errors.ts'
import { keepJournalMode } from '../journal-mode.ts'
import { assertAlone } from './alone.ts'
import { chunksOf } from './content.ts'
import { examine } from './examine.ts'
import { assertGoesOn } from './goes-on.ts'
import { assertNoFolder } from './live-state.ts'
import { makePrivateFolder, removeLeftFolders } from './private-folder.ts'
import { damaged, isRawDatabase } from './raw-copy.ts'
import { settle } from './settle.ts'
import { buildInProcess } from './sql-text-process.ts'
import { swap } from './swap.ts'

/**
 * Restores a raw copy into a private folder beside the live database, where a rename or a link can put it in place, and
 * checks it there. `raw` is a database at rest, or SQL text.
 */
export async function prepare(
  live: string,
  raw: string,
  options: PrepareOptions,
  open: (file: string) => Dialect,
): Promise<Prepared> {
  const parent = options.swappable ? dirname(live) : tmpdir()
  let folder: string | undefined
  // from the first look at the live database to the last
  const release = options.swappable ? keepJournalMode(live) : () => {}
  try {
    assertGoesOn(options.signal)
    if (options.swappable) assertNoFolder(live)
    await assertAlone(raw, live)
    folder = await makePrivateFolder(parent, options.swappable ? besides(live) : 'migrate-restore')
    const file = join(folder, 'restored.db')
    await bringIn(raw, file, options)
    assertNotEmpty(file)
    const { problems, content } = await examine(file, 'integrity_check', options.signal)
    if (problems.length > 0) throw damaged(problems.join('; '))
    return preparedIn({ folder, file, content, release }, live, options, open)
  } catch (thrown) {
    release()
    if (folder) await rm(folder, { recursive: true, force: true })
    assertGoesOn(options.signal)
    throw asRestoreError(thrown, parent)
  }
}

/** What the private folders beside a live database begin with. */
const besides = (live: string): string => `.${basename(live)}.restore`

/** Removes what killed restores of `live` left beside it: copies, of which none is the only one of anything. */
export const removeAbandonedRestores = (live: string): Promise<void> =>
  removeLeftFolders(dirname(live), besides(live))

interface Restored {
  readonly folder: string
  readonly file: string
  readonly content: Content
  /** Says that nothing more is done to the live database. */
  readonly release: () => void
}

function preparedIn(
  { folder, file, content, release }: Restored,
  live: string,
  { swappable }: PrepareOptions,
  open: (file: string) => Dialect,
): Prepared {
  const discard = async (): Promise<void> => {
    release()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    dialect: open(file),
    content: async () => content,
    async swap(options) {
      if (!swappable) {
        throw new MigrateError('INTERNAL', { message: 'What is only tested cannot be swapped.' })
      }
      settle(file)
      const done = await swap(live, file, options)
      await discard()
      return done
    },
    discard,
  }
}

/** Copies a database, or makes one of SQL text. */
async function bringIn(
  raw: string,
  file: string,
  { onProgress, signal }: PrepareOptions,
): Promise<void> {
  const { size } = await stat(raw)
  onProgress(0, size)
  if (!(await isRawDatabase(raw))) {
    await buildInProcess(raw, file, signal)
    onProgress(size, size)
    return
  }
  const copy = await openFile(file, 'wx', 0o600)
  try {
    let done = 0
    for await (const chunk of chunksOf(raw, signal)) {
      await copy.writeFile(chunk)
      done += chunk.length
      onProgress(done, size)
    }
  } finally {
    await copy.close()
  }
}

function assertNotEmpty(file: string): void {
  let db: DatabaseSync | undefined
  try {
    db = connect(file, 'immutable=1')
    // SQLite's own, for numbers that go up, outlive the tables that needed them
    const own = String.raw`name LIKE 'sqlite\_%' ESCAPE '\'`
    const tables = `SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND NOT ${own}`
    if (db.prepare(tables).get()?.n !== 0) return
  } catch (cause) {
    if (isDamage(cause)) throw damaged((cause as Error).message, cause)
    throw cause
  } finally {
    db?.close()
  }
  throw damaged('the database in it is empty, it has no table')
}

function asRestoreError(thrown: unknown, folder: string): MigrateError {
  if (thrown instanceof MigrateError) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  const where = `Nothing can be restored in ${folder}: ${message}. The database was not touched.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MigrateError('PERMISSION_DENIED', {
      message: where,
      hint: 'Give this user the right to write in the folder of the database.',
      cause: thrown,
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MigrateError('DISK_FULL', { message: where, cause: thrown })
  }
  const error = translated(thrown, folder)
  if (error.code !== 'STATEMENT_FAILED') return error
  return new MigrateError('RESTORE_FAILED', { message: where, cause: thrown })
}
