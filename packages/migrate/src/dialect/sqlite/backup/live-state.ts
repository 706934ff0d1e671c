import { statSync } from 'node:fs'
import { asMigrateError, MigrateError } from '../../../errors.ts'
import type { Blocker } from '../../../events.ts'
import type { RestoreState } from '../../port.ts'
import { databaseExists } from '../connection.ts'
import { isDamage, translated } from '../errors.ts'
import { inspectFile } from './examine.ts'
import { openers, openersOfDeleted } from './openers.ts'

const NEVER = new AbortController().signal

export async function restoreState(file: string): Promise<RestoreState> {
  const live = await liveState(file, NEVER)
  return {
    live,
    // whoever has a sound one open goes on with the restored data
    clients: live === 'sound' ? [] : inTheWay(file, live),
  }
}

/** Programs that would go on with a file that is replaced: a damaged one, or one that is deleted and still open. */
export const inTheWay = (file: string, live: 'missing' | 'damaged'): Blocker[] =>
  live === 'damaged' ? openers(file) : openersOfDeleted(file)

/** Throws NOT_A_DATABASE where a folder has the name of the database: it is not this tool's to move aside. */
export function assertNoFolder(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isDirectory()) return
  throw new MigrateError('NOT_A_DATABASE', {
    message: `${file} is a folder, not a database. Nothing was changed.`,
    hint: 'Check the path in DATABASE_URL, or move the folder away.',
  })
}

/**
 * 'damaged' is more than what cannot be opened: of a database with a broken page in its middle no safety backup could
 * be made either, so it is read through. One that others hold is sound as far as anybody can tell.
 */
export async function liveState(file: string, signal: AbortSignal): Promise<RestoreState['live']> {
  if (!databaseExists(file)) return 'missing'
  assertNoFolder(file)
  try {
    const { problems } = await inspectFile(file, 'quick_check', true, signal)
    return problems.length > 0 ? 'damaged' : 'sound'
  } catch (cause) {
    const error = translated(cause, file)
    // a function, a collation or a module of the application, which this process does not have
    if (error.code === 'DATABASE_BUSY' || error.code === 'STATEMENT_FAILED') return 'sound'
    if (isDamage(error)) return 'damaged'
    throw asMigrateError(error)
  }
}
