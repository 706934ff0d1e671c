import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MigratorOptions } from '../api.ts'
import { DEFAULT_DATABASE_URL, parseDatabaseUrl } from '../config/database-url.ts'
import { type MigrateConfig, resolveConfig } from '../config/define.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import { DEFAULT_MASTER_KEY, type MasterKeySource } from '../keys/source.ts'
import { explainImport } from '../module-error.ts'
import type { Io } from './io.ts'
import { assertNoPassword } from './secrets.ts'

/** What a command's own options override. `backupDir` is relative to the working folder. */
export type ProjectOverrides = Pick<
  MigrateConfig,
  'lockWaitMs' | 'backupDir' | 'backupCompression' | 'backupEncryption'
>

/** What the command line says of the project; relative paths are relative to the working folder. */
export interface ProjectOptions {
  readonly database?: string | undefined
  readonly migrations?: string | undefined
  readonly config?: string | undefined
}

/** A configuration, and the folder that its relative paths are relative to. */
export interface Project {
  readonly config: MigrateConfig
  readonly folder: string
}

const CONFIG_FILES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `migrate.config.${extension}`)

/**
 * The project's configuration under what the command line says. Throws CONFIG_NOT_FOUND, CONFIG_INVALID,
 * URL_INVALID, and USAGE for a password in the URL.
 */
export async function resolveProject(
  fixed: Project | undefined,
  given: ProjectOptions,
  overrides: ProjectOverrides,
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
): Promise<Pick<MigratorOptions, 'config' | 'folder' | 'env'>> {
  if (given.database !== undefined) assertNoPassword(given.database)
  const { config, folder } = fixed ?? (await findConfig(given, cwd))
  // a path that the user or the environment gives is relative to where the user stands
  const url = given.database ?? (config.databaseUrl ? undefined : env.DATABASE_URL)
  return {
    folder,
    env,
    config: {
      ...config,
      ...(given.migrations !== undefined && { migrations: resolve(cwd, given.migrations) }),
      ...(url && { databaseUrl: anchored(url, cwd) }),
      ...overrides,
      ...(overrides.backupDir !== undefined && { backupDir: resolve(cwd, overrides.backupDir) }),
    },
  }
}

/** Where the master key is read from; a configuration that is not there says nothing of it. Throws CONFIG_INVALID. */
export async function findMasterKeySource(
  fixed: MigrateConfig | undefined,
  cwd: string,
): Promise<MasterKeySource> {
  const found = fixed ? { config: fixed, folder: cwd } : await findOptional(cwd)
  if (!found) return DEFAULT_MASTER_KEY
  // where the database is does not matter here
  const config = { ...found.config, databaseUrl: DEFAULT_DATABASE_URL }
  return resolveConfig(config, found.folder, {}).masterKey
}

async function findOptional(cwd: string): Promise<Project | null> {
  try {
    return await findConfig({}, cwd)
  } catch (thrown) {
    if (asMigrateError(thrown).code === 'CONFIG_NOT_FOUND') return null
    throw thrown
  }
}

function anchored(url: string, cwd: string): string {
  const target = parseDatabaseUrl(url, cwd)
  if (target.dialect !== 'sqlite') return url
  return `sqlite:///${target.file.split('/').map(encodeURIComponent).join('/')}`
}

async function findConfig(given: ProjectOptions, cwd: string): Promise<Project> {
  if (given.config !== undefined) return loadConfig(resolve(cwd, given.config), cwd)
  const found = CONFIG_FILES.map((name) => join(cwd, name)).find((path) => existsSync(path))
  if (found) return loadConfig(found, cwd)
  if (given.migrations !== undefined) {
    return { config: { migrations: given.migrations }, folder: cwd }
  }
  throw new MigrateError('CONFIG_NOT_FOUND', {
    message: `There is no ${CONFIG_FILES.join(', ')} in ${cwd}.`,
  })
}

async function loadConfig(file: string, cwd: string): Promise<Project> {
  if (!existsSync(file)) {
    throw new MigrateError('CONFIG_NOT_FOUND', {
      message: `There is no configuration file ${file}.`,
    })
  }
  const name = relative(cwd, file)
  let loaded: { default?: unknown }
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (cause) {
    const { why, hint } = explainImport(file, cause)
    throw new MigrateError('CONFIG_INVALID', {
      message: `${name} cannot be loaded: ${why}.`,
      hint,
      cause,
    })
  }
  if (typeof loaded.default !== 'object' || loaded.default === null) {
    throw new MigrateError('CONFIG_INVALID', {
      message: `${name} exports no configuration as default.`,
      hint: 'Write `export default { migrations: "./migrations" }`.',
    })
  }
  return { config: loaded.default as MigrateConfig, folder: dirname(file) }
}
