import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { MigrateError } from '../../../errors.ts'
import { toolEnvironment } from './client-environment.ts'

/** A client program of PostgreSQL. */
export interface Tool {
  readonly path: string
  /** The major version. */
  readonly major: number
  /** As it says itself: `15.18`. */
  readonly version: string
}

export type ToolName = 'pg_dump' | 'pg_restore' | 'psql'

/** Where client programs are looked for: PATH, then Debian's and Homebrew's folders. */
export function toolFolders(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian) : []
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
    ...versions.map((version) => join(debian, version, 'bin')),
    '/opt/homebrew/opt/libpq/bin',
    '/usr/local/opt/libpq/bin',
  ]
}

/** All programs of a name in the folders, oldest first. One that does not run is none. */
export async function findTools(name: ToolName, folders: readonly string[]): Promise<Tool[]> {
  const paths = [...new Set(folders)]
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))
  const found = await Promise.all(paths.map(knownTool))
  return found.filter((tool) => tool !== null).sort((a, b) => a.major - b.major)
}

const known = new Map<string, Tool>()

/** Asked once, since Debian's wrapper takes its time; one that was missing may be installed meanwhile. */
async function knownTool(path: string): Promise<Tool | null> {
  const tool = known.get(path) ?? (await probeTool(path))
  if (tool) known.set(path, tool)
  return tool
}

async function probeTool(path: string): Promise<Tool | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      timeout: 10_000,
      env: toolEnvironment(),
    })
    const version = /\(PostgreSQL\) ((\d+)\S*)/.exec(stdout)
    return version?.[1] ? { path, version: version[1], major: Number(version[2]) } : null
  } catch {
    return null
  }
}

/**
 * The pg_dump for a server: of its version, else the next newer one; a dump of a much newer one may not restore
 * into the server. Throws BACKUP_TOOL_MISSING.
 */
export function chooseDump(
  tools: readonly Tool[],
  server: { major: number; version: string },
): Tool {
  const chosen = tools.find((tool) => tool.major >= server.major)
  if (chosen) return chosen
  const newest = tools.at(-1)
  throw new MigrateError('BACKUP_TOOL_MISSING', {
    message: newest
      ? `pg_dump ${newest.version} (${newest.path}) is too old to back up PostgreSQL ${server.version}.`
      : `pg_dump is not installed; PostgreSQL ${server.version} cannot be backed up without it.`,
    hint: installHint(server.major),
  })
}

/** The newest pg_restore or psql: it reads the dumps of all versions before it. Throws BACKUP_TOOL_MISSING. */
export async function chooseNewest(
  name: Exclude<ToolName, 'pg_dump'>,
  folders: readonly string[],
): Promise<Tool> {
  const newest = (await findTools(name, folders)).at(-1)
  if (newest) return newest
  throw new MigrateError('BACKUP_TOOL_MISSING', {
    message:
      name === 'psql'
        ? 'psql is not installed; a dump in SQL cannot be restored without it.'
        : 'pg_restore is not installed; a backup cannot be verified or restored without it.',
    hint: `${installation(null)}.`,
  })
}

/**
 * The pg_restore for a dump that the pg_dump of a major version made: the oldest that knows both it and the server,
 * since a newer one sets what an older server may not know. Throws BACKUP_TOOL_MISSING.
 */
export async function chooseRestore(
  folders: readonly string[],
  server: { major: number },
  dumpMajor: number,
): Promise<Tool> {
  const known = Math.max(server.major, dumpMajor)
  const tools = await findTools('pg_restore', folders)
  return tools.find(({ major }) => major >= known) ?? chooseNewest('pg_restore', folders)
}

const installHint = (major: number): string =>
  `${installation(major)}, or pass --no-backup to run without a backup.`

const installation = (major: number | null): string =>
  `Run \`apt-get install postgresql-client${major === null ? '' : `-${major}`}\` or \`brew install libpq\``
