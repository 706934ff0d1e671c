import { statSync } from 'node:fs'
import { asMigrateError } from '../../../errors.ts'
import type { RestoreState } from '../../port.ts'
import { databaseExists } from '../connection.ts'
import { isDamage, translated } from '../errors.ts'
import { inspectFile } from './examine.ts'
import { openers } from './openers.ts'

const NEVER = new AbortController().signal

export async function restoreState(file: string): Promise<RestoreState> {
  const live = await liveState(file, NEVER)
  return {
    live,
    // whoever has a sound one open goes on with the restored data
    clients: live === 'damaged' ? openers(file) : [],
  }
}

/**
 * 'damaged' is more than what cannot be opened: of a database with a broken page in its middle no safety backup could
 * be made either, so it is read through. One that others hold is sound as far as anybody can tell.
 */
export async function liveState(file: string, signal: AbortSignal): Promise<RestoreState['live']> {
  if (!databaseExists(file)) return 'missing'
  try {
    const { problems } = await inspectFile(file, 'quick_check', true, signal)
    return problems.length > 0 ? 'damaged' : 'sound'
  } catch (cause) {
    const error = translated(cause, file)
    // a function, a collation or a module of the application, which this process does not have
    if (error.code === 'DATABASE_BUSY' || error.code === 'STATEMENT_FAILED') return 'sound'
    if (isDamage(error) && !statSync(file).isDirectory()) return 'damaged'
    throw asMigrateError(error)
  }
}
