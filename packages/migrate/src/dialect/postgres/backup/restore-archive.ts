import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { MigrateError } from '../../../errors.ts'
import type { PostgresTarget } from '../connection.ts'
import { type Ended, runProgram } from './child.ts'
import { clientEnvironment, toolEnvironment } from './client-environment.ts'
import { unreadable } from './raw.ts'
import { restoreError, SESSION_OPTIONS } from './restore-error.ts'
import type { Server } from './server.ts'
import { chooseNewest, chooseRestore, type Tool } from './tools.ts'

export interface RestoreJob {
  readonly file: string
  /** The new, empty database. */
  readonly target: PostgresTarget
  readonly server: Server
  readonly folders: readonly string[]
  /** Bytes of the file. */
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** What an archive says of itself. */
export interface ArchiveFacts {
  /** The server's version that was dumped: `15.18`. */
  readonly serverVersion: string
  readonly dumpMajor: number
  /** Its contents as pg_restore lists them, an item a line. */
  readonly items: readonly string[]
}

/** Throws BACKUP_DAMAGED, BACKUP_NEWER, BACKUP_TOOL_MISSING. */
export async function readFacts(
  file: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<ArchiveFacts> {
  const { path } = await chooseNewest('pg_restore', folders)
  let list = ''
  const ended = await runProgram({
    path,
    args: ['--list', file],
    env: toolEnvironment(),
    signal,
    async output(stdout) {
      for await (const text of stdout.setEncoding('utf8')) list += text
    },
  })
  if (!ended.succeeded) throw unreadable(ended)
  const said = (what: string) => new RegExp(`^;\\s+${what}: ([\\d.]+)`, 'm').exec(list)?.[1] ?? ''
  return {
    serverVersion: said('Dumped from database version'),
    dumpMajor: Number.parseInt(said('Dumped by pg_dump version'), 10) || 0,
    items: list.split('\n').filter((line) => line && !line.startsWith(';')),
  }
}

/** More do not help a server that does other work as well. */
const MOST_JOBS = 4
/** It sets `transaction_timeout` from this version on, which servers know from it on as well. */
const TRANSACTION_TIMEOUT = 17

const IS_EVENT_TRIGGER = /^\d+; \d+ \d+ (?:(?:COMMENT|SECURITY LABEL) - )?EVENT TRIGGER /

/** Restores with pg_restore. Throws BACKUP_DAMAGED, PERMISSION_DENIED, DISK_FULL, RESTORE_FAILED. */
export async function restoreArchive(job: RestoreJob, facts: ArchiveFacts): Promise<void> {
  const tool = await chooseRestore(job.folders, job.server, facts.dumpMajor)
  const { size } = await stat(job.file)
  let done = 0
  const onItem = () => {
    done = Math.min(done + 1, facts.items.length)
    job.onProgress(Math.round((size * done) / facts.items.length), size)
  }
  const last = facts.items.filter((item) => IS_EVENT_TRIGGER.test(item))
  if (last.length === 0) return restoreItems(job, tool, null, onItem)
  // pg_restore makes them before it fills materialized views, which they would see
  const first = facts.items.filter((item) => !IS_EVENT_TRIGGER.test(item))
  const folder = await mkdtemp(join(tmpdir(), 'migrate-restore-'))
  try {
    for (const items of [first, last]) {
      const list = join(folder, 'list')
      await writeFile(list, items.map((item) => `${item}\n`).join(''))
      await restoreItems(job, tool, list, onItem)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `list`: the file with those to restore; null for all. */
async function restoreItems(
  { file, target, server, signal }: RestoreJob,
  tool: Tool,
  list: string | null,
  onItem: () => void,
): Promise<void> {
  const setsUnknown = tool.major >= TRANSACTION_TIMEOUT && server.major < TRANSACTION_TIMEOUT
  const jobs = Math.max(2, Math.min(MOST_JOBS, availableParallelism()))
  const ended = await runProgram({
    path: tool.path,
    args: [
      ...['--verbose', '--no-password', `--jobs=${jobs}`],
      ...(setsUnknown ? [] : ['--exit-on-error']),
      ...(list === null ? [] : ['--use-list', list]),
      // the name stands in the environment, since here it could be read as more than a name
      ...['--dbname=', file],
    ],
    env: await clientEnvironment(target, SESSION_OPTIONS),
    signal,
    onLine(line) {
      if (/^pg_restore: (processing|finished) item \d/.test(line)) onItem()
      return /^pg_restore: (?!error|warning|while|from|detail|hint)/.test(line)
    },
  })
  if (ended.succeeded || (setsUnknown && onlyUnknownSetting(ended))) return
  throw restoreError(ended)
}

/** Whether nothing failed but what a newer pg_restore sets in an older server, at the start of each connection. */
export function onlyUnknownSetting({ lines, saidAll }: Pick<Ended, 'lines' | 'saidAll'>): boolean {
  const errors = lines.filter((line) => line.includes('error: '))
  const unknown = 'unrecognized configuration parameter "transaction_timeout"'
  return saidAll && errors.length > 0 && errors.every((line) => line.includes(unknown))
}

/** Throws BACKUP_NEWER where a dump is of a newer server than the one that it is to be restored into. */
export function assertNotNewer(dumped: string, server: Server): void {
  if (Number.parseInt(dumped, 10) <= server.major || dumped === '') return
  throw new MigrateError('BACKUP_NEWER', {
    message: `The backup is of PostgreSQL ${dumped}; this server is ${server.version}.`,
    hint: 'Restore it into a server of that version or a later one.',
  })
}
