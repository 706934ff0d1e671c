import { asMigrateError, MigrateError } from '../errors.ts'
import { shellWord } from '../shell.ts'

/**
 * Runs what may fail after the run's backup was taken; the error then names the command that brings back what was
 * there. Not where the same call may simply succeed a moment later: others may have gone on with the database.
 */
export async function withWayBack<T>(backup: string | null, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (thrown) {
    const error = asMigrateError(thrown)
    if (backup === null || error.retryable) throw thrown
    const { code, message, hint, at, cause } = error
    throw new MigrateError(code, {
      message,
      hint: `${hint} What was there before this run comes back with \`restore --backup-file ${shellWord(backup)}\`.`,
      ...(at && { at }),
      cause,
    })
  }
}
