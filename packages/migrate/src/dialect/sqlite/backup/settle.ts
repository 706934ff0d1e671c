import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import { connect, pragma } from '../connection.ts'
import { isBusy, translated } from '../errors.ts'
import { inBackground } from './background.ts'
import { inspectFile } from './examine.ts'

/** Puts all of a prepared database into its one file. Nobody may have it open. Throws RESTORE_FAILED where one has. */
export function settle(file: string): void {
  let db: DatabaseSync | undefined
  try {
    db = connect(file, 'mode=rw', 0)
    // writes the WAL back, removes it, and needs to be alone for that
    const mode = pragma(db, 'journal_mode=DELETE')
    db.close()
    if (mode === 'delete' && !existsSync(`${file}-wal`)) return
  } catch (cause) {
    if (!isBusy(cause)) throw translated(cause, file)
  } finally {
    if (db?.isOpen) db.close()
  }
  throw new MigrateError('RESTORE_FAILED', {
    message: `The restored copy ${file} is still open, so it cannot take the database's place. Nothing was changed.`,
  })
}

/** Rewrites a settled database where its pages are of another size: SQLite cannot copy it over a WAL database then. */
export async function fitPageSize(
  file: string,
  pageSize: number,
  signal: AbortSignal,
): Promise<void> {
  const db = connect(file, 'immutable=1')
  const present = pragma(db, 'page_size')
  db.close()
  if (present === pageSize) return
  const rewritten = `${file}-resized`
  await inBackground('resize', [file, rewritten, pageSize], signal)
  const { problems } = await inspectFile(rewritten, 'quick_check', false, signal)
  if (problems.length > 0) {
    throw new MigrateError('RESTORE_FAILED', {
      message: `The restored copy could not be rewritten with pages of ${pageSize} bytes: ${problems.join('; ')}`,
    })
  }
  await rename(rewritten, file)
}
