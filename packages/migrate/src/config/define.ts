import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { MigrateError } from '../errors.ts'
import { describeIssues } from '../issues.ts'
import { type DatabaseTarget, DEFAULT_DATABASE_URL, parseDatabaseUrl } from './database-url.ts'

/** What a project says about its migrations. */
export interface MigrateConfig {
  /** The migrations folder, relative to the configuration file (or the working folder), or a file: URL. */
  readonly migrations: string | URL
  /** Default: the environment's DATABASE_URL, then sqlite:///./fossawork_v2.db. */
  readonly databaseUrl?: string | undefined
  /** Whether a run that changes anything takes a verified backup first. Default 'required'. */
  readonly backup?: 'required' | 'off' | undefined
  /** Default: `backups` beside the SQLite file, or in the working folder for PostgreSQL. */
  readonly backupDir?: string | undefined
  /** How long to wait for another run's lock, in milliseconds. Default 60,000. */
  readonly lockWaitMs?: number | undefined
  /**
   * PostgreSQL: how long a statement of a migration may wait for a table's lock, in milliseconds, since what
   * queues behind it waits as long. Default 200, at which a measured application's worst stall was 205 ms.
   */
  readonly ddlLockTimeoutMs?: number | undefined
  /** PostgreSQL: how long a step that met a lock is tried again, in milliseconds. Default 60,000. */
  readonly ddlRetryForMs?: number | undefined
}

/** A project's configuration, typed. Export it as default from `migrate.config.ts`. */
export function defineConfig(config: MigrateConfig): MigrateConfig {
  return config
}

/** A configuration with every default filled in. */
export interface Settings {
  readonly migrations: string
  readonly target: DatabaseTarget
  readonly backup: 'required' | 'off'
  readonly backupDir: string | undefined
  readonly lockWaitMs: number
  readonly ddlLockTimeoutMs: number
  readonly ddlRetryForMs: number
}

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0))

const schema = v.strictObject({
  migrations: v.union([v.pipe(v.string(), v.minLength(1)), v.instance(URL)]),
  databaseUrl: v.optional(v.string()),
  backup: v.optional(v.picklist(['required', 'off']), 'required'),
  backupDir: v.optional(v.string()),
  lockWaitMs: v.optional(milliseconds, 60_000),
  ddlLockTimeoutMs: v.optional(milliseconds, 200),
  ddlRetryForMs: v.optional(milliseconds, 60_000),
})

/**
 * Checks a configuration and fills in its defaults. Relative paths are resolved against `folder`.
 * Throws CONFIG_INVALID with every fault at once, and URL_INVALID.
 */
export function resolveConfig(
  config: MigrateConfig,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const parsed = v.safeParse(schema, config)
  if (!parsed.success) {
    throw new MigrateError('CONFIG_INVALID', {
      message: `The configuration is not valid: ${describeIssues(parsed.issues, 'configuration')}.`,
    })
  }
  const { migrations, databaseUrl, backupDir, ...rest } = parsed.output
  const url = databaseUrl || env.DATABASE_URL || DEFAULT_DATABASE_URL
  return {
    ...rest,
    migrations: migrations instanceof URL ? fileURLToPath(migrations) : resolve(folder, migrations),
    target: parseDatabaseUrl(url, folder),
    backupDir: backupDir === undefined ? undefined : resolve(folder, backupDir),
  }
}
