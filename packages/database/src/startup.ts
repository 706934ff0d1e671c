import { getMigrationManager, type ManagerOptions } from './manager.ts'

/** An application's start waits this long for another instance that migrates, in milliseconds. */
const STARTUP_WAIT_MS = 300_000

export interface StartupOptions extends ManagerOptions {
  /** Default: 'throw' where NODE_ENV is production, elsewhere 'warn'. */
  readonly onFailure?: 'throw' | 'warn'
  /** Gets the warning. Default: Node's own, on standard error. */
  readonly warn?: (message: string) => void
}

/**
 * Brings the database up to date before an application starts; waits for another instance that is at it. In
 * production a failure throws, so that no application runs on a schema that it does not know; elsewhere it warns.
 * Returns whether the database is at the latest version.
 */
export async function runMigrationsOnStartup(options: StartupOptions = {}): Promise<boolean> {
  const {
    onFailure = process.env.NODE_ENV === 'production' ? 'throw' : 'warn',
    warn = (message: string) => process.emitWarning(message, { type: 'MigrationWarning' }),
    ...rest
  } = options
  try {
    await getMigrationManager({ lockWaitMs: STARTUP_WAIT_MS, ...rest }).ensureLatest()
    return true
  } catch (thrown) {
    if (onFailure === 'throw') throw thrown
    const { message, hint } = thrown as Error & { hint?: string }
    warn(`The database was not migrated: ${message}${hint ? ` ${hint}` : ''}`)
    return false
  }
}
