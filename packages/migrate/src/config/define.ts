import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { MigrateError } from '../errors.ts'
import { CATEGORIES, type Category } from '../finding.ts'
import { describeIssues } from '../issues.ts'
import { DEFAULT_MASTER_KEY, type MasterKeySource } from '../keys/source.ts'
import { type DatabaseTarget, DEFAULT_DATABASE_URL, parseDatabaseUrl } from './database-url.ts'
import type { Expectation } from './expectations.ts'
import type { OnRecord, ProjectCheck } from './project-check.ts'
import { expectation, projectCheck } from './validation-schema.ts'

/** What a project says about its migrations. */
export interface MigrateConfig {
  /** The migrations folder, relative to the configuration file (or the working folder), or a file: URL. */
  readonly migrations: string | URL
  /** Default: the environment's DATABASE_URL, then sqlite:///./fossawork_v2.db. */
  readonly databaseUrl?: string | undefined
  /**
   * Whether a run that changes anything takes a verified backup first. Default 'required'. A command is the user's own
   * backup, program and arguments: it must end with 0, or the run does not begin. It gets the environment as it is, with
   * DATABASE_URL and the master key, which it may need.
   */
  readonly backup?: 'required' | 'off' | { readonly command: readonly string[] } | undefined
  /** Default: `backups` beside the SQLite file, or in the working folder for PostgreSQL. */
  readonly backupDir?: string | undefined
  /** How backups are compressed. Default 'none'; PostgreSQL's dumps are compressed by pg_dump then. */
  readonly backupCompression?: Compression | undefined
  /**
   * Whether backups are encrypted, for the master key's age identity. 'when-key': where a master key is set. Default
   * false.
   */
  readonly backupEncryption?: boolean | 'when-key' | undefined
  /**
   * How many backups the rotation keeps: the newest of each of the last days, ISO weeks and months that have one, and
   * those of the last runs. 'all' removes none. Default 7, 4, 12 and 10.
   */
  readonly backupKeep?: BackupKeep | 'all' | undefined
  /** Which environment variables the master key is read from. Default {@link DEFAULT_MASTER_KEY}. */
  readonly masterKey?: MasterKeySource | undefined
  /** Tables that the project's own tools keep besides its migrations': not unexplained objects. Default none. */
  readonly ownTables?: readonly string[] | undefined
  /** Tables that triggers keep after others, an index of words say: their rows go and come with those. Default none. */
  readonly derivedTables?: readonly string[] | undefined
  /** What must hold of the data beyond what the schema says. Default none. */
  readonly expectations?: readonly Expectation[] | undefined
  /** Checks of the project's own. Default none. */
  readonly checks?: readonly ProjectCheck[] | undefined
  /**
   * What is checked after every run that changed something; 'off' checks nothing. Default schema, constraints and
   * tracking.
   */
  readonly validateAfter?: readonly Category[] | 'off' | undefined
  /** PostgreSQL's roles: the application's, and the one that migrates. Default none. */
  readonly roles?: Roles | undefined
  /** Sees every entry of the journal's log in the transaction that writes it; what it throws undoes both. */
  readonly onRecord?: OnRecord | undefined
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

export type Compression = 'none' | 'zstd' | 'gzip'

export interface Roles {
  readonly app?: string | undefined
  readonly admin?: string | undefined
}

/** Counts of backups that the rotation keeps; a missing one is the default. */
export interface BackupKeep {
  readonly daily?: number | undefined
  readonly weekly?: number | undefined
  readonly monthly?: number | undefined
  readonly runs?: number | undefined
}

/** A project's configuration, typed. Export it as default from `migrate.config.ts`. */
export function defineConfig(config: MigrateConfig): MigrateConfig {
  return config
}

/** A configuration with every default filled in. */
export interface Settings {
  readonly migrations: string
  readonly target: DatabaseTarget
  readonly backup: 'required' | 'off' | { readonly command: readonly string[] }
  readonly backupDir: string | undefined
  readonly backupCompression: Compression
  readonly backupEncryption: boolean | 'when-key'
  readonly masterKey: MasterKeySource
  readonly ownTables: readonly string[]
  readonly derivedTables: readonly string[]
  readonly expectations: readonly Expectation[]
  readonly checks: readonly ProjectCheck[]
  readonly validateAfter: readonly Category[] | 'off'
  readonly roles: Roles
  readonly onRecord: OnRecord | undefined
  readonly backupKeep: Readonly<Record<keyof BackupKeep, number>> | 'all'
  readonly lockWaitMs: number
  readonly ddlLockTimeoutMs: number
  readonly ddlRetryForMs: number
}

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0))

const name = v.pipe(v.string(), v.minLength(1))

export const KEEP_DEFAULTS = { daily: 7, weekly: 4, monthly: 12, runs: 10 }

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const schema = v.strictObject({
  migrations: v.union([v.pipe(v.string(), v.minLength(1)), v.instance(URL)]),
  databaseUrl: v.optional(v.string()),
  backup: v.optional(
    v.union([
      v.picklist(['required', 'off']),
      v.strictObject({ command: v.pipe(v.array(v.string()), v.minLength(1)) }),
    ]),
    'required',
  ),
  backupDir: v.optional(v.string()),
  backupCompression: v.optional(v.picklist(['none', 'zstd', 'gzip']), 'none'),
  backupEncryption: v.optional(v.union([v.boolean(), v.literal('when-key')]), false),
  backupKeep: v.optional(
    v.union([
      v.literal('all'),
      v.strictObject({
        daily: v.optional(count, KEEP_DEFAULTS.daily),
        weekly: v.optional(count, KEEP_DEFAULTS.weekly),
        monthly: v.optional(count, KEEP_DEFAULTS.monthly),
        runs: v.optional(count, KEEP_DEFAULTS.runs),
      }),
    ]),
    {},
  ),
  masterKey: v.optional(v.strictObject({ file: name, value: name }), DEFAULT_MASTER_KEY),
  ownTables: v.optional(v.array(name), []),
  derivedTables: v.optional(v.array(name), []),
  expectations: v.optional(v.array(expectation), []),
  checks: v.optional(v.array(projectCheck), []),
  validateAfter: v.optional(v.union([v.array(v.picklist(CATEGORIES)), v.literal('off')]), [
    'schema',
    'constraints',
    'tracking',
  ]),
  roles: v.optional(v.strictObject({ app: v.optional(name), admin: v.optional(name) }), {}),
  onRecord: v.optional(v.custom<OnRecord>((value) => typeof value === 'function')),
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
  const { migrations, databaseUrl, backupDir, onRecord, ...rest } = parsed.output
  const url = databaseUrl || env.DATABASE_URL || DEFAULT_DATABASE_URL
  return {
    ...rest,
    onRecord,
    migrations: migrations instanceof URL ? fileURLToPath(migrations) : resolve(folder, migrations),
    target: parseDatabaseUrl(url, folder),
    backupDir: backupDir === undefined ? undefined : resolve(folder, backupDir),
  }
}
