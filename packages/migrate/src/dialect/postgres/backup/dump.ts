import { type FileHandle, open, rm } from 'node:fs/promises'
import { pipeline, type Readable, Transform } from 'node:stream'
import { pipeline as pipelineTo } from 'node:stream/promises'
import { MigrateError } from '../../../errors.ts'
import type { Content, CopyOptions } from '../../port.ts'
import type { Session } from '../../session.ts'
import { type Connection, connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { send, sessionOn } from '../session.ts'
import { runProgram } from './child.ts'
import { clientEnvironment } from './client-environment.ts'
import {
  type ContentTable,
  contentOf,
  contentTables,
  endWith,
  pinOutput,
  SNAPSHOT,
} from './content.ts'
import { readServer } from './server.ts'
import { chooseDump, findTools, type Tool } from './tools.ts'

// milliseconds
const BETWEEN_PROGRESS = 500
/** A backup that would wait behind somebody's lock fails instead, since the run waits for it. */
const LOCK_WAIT = 60_000

/** Dumps a database with pg_dump, and reads in the very same snapshot what the dump holds. */
export async function dump(
  target: PostgresTarget,
  file: string,
  options: CopyOptions,
  folders: readonly string[],
): Promise<Content> {
  const connection = await connect(target, 'migrate-backup', [
    // when this process is killed, nothing of it holds the snapshot for long
    ['client_connection_check_interval', '1s'],
    ...UNLIMITED,
  ])
  const stop = endWith(connection, options.signal)
  try {
    const server = await readServer(connection)
    const tool = chooseDump(await findTools('pg_dump', folders), server)
    const handle = options.pack ? null : await createPrivate(file)
    try {
      await send(connection, SNAPSHOT)
      const tables = await contentTables(connection)
      const sizes = await lockTables(connection, tables)
      const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      options.onProgress('copy', 0, bytes)
      const store = options.pack ?? ((raw: Readable) => write(raw, handle as FileHandle))
      await runDump(target, tool, await exportSnapshot(connection), store, bytes, options)
      options.onProgress('copy', bytes, bytes)
      await letLook(connection, options)
      options.onProgress('check', 0, bytes)
      await pinOutput(connection)
      let done = 0
      return await contentOf(connection, tables, (relation) => {
        done += sizes.get(relation) ?? 0
        options.onProgress('check', done, bytes)
      })
    } catch (error) {
      if (handle) await rm(file, { force: true })
      throw error
    } finally {
      await handle?.close()
    }
  } catch (error) {
    throw asBackupError(error)
  } finally {
    stop()
    await connection.close().catch(() => {})
  }
}

/** Never readable by others. */
async function createPrivate(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (cause) {
    throw unwritable(cause as NodeJS.ErrnoException)
  }
}

async function write(raw: Readable, handle: FileHandle): Promise<void> {
  try {
    await pipelineTo(raw, handle.createWriteStream())
  } catch (cause) {
    // what the dump fails with passes through here as well
    throw (cause as NodeJS.ErrnoException).syscall === 'write' ? unwritable(cause as Error) : cause
  }
}

const unwritable = (cause: NodeJS.ErrnoException): MigrateError =>
  new MigrateError(cause.code === 'ENOSPC' ? 'DISK_FULL' : 'BACKUP_FAILED', {
    message: `The backup's file cannot be written: ${cause.message}`,
    cause,
  })

/**
 * Locks them as pg_dump does, but until all was read: a TRUNCATE in between would empty a table for our snapshot as
 * well, and not for the dump. Says how many bytes each has, which has to wait for that.
 */
async function lockTables(
  connection: Connection,
  tables: readonly ContentTable[],
): Promise<Map<string, number>> {
  const relations = tables.map(({ relation }) => relation).filter((relation) => relation !== null)
  if (relations.length === 0) return new Map()
  const list = relations.map((relation) => `ONLY ${relation}`).join(', ')
  await send(
    connection,
    `SET LOCAL lock_timeout = ${LOCK_WAIT}; LOCK TABLE ${list} IN ACCESS SHARE MODE; SET LOCAL lock_timeout = 0`,
  )
  const { rows } = await send<{ relation: string; bytes: number }>(
    connection,
    'SELECT relation, pg_table_size(relation::regclass) AS bytes FROM unnest($1::text[]) AS relation',
    [relations],
  )
  return new Map(rows.map(({ relation, bytes }) => [relation, Number(bytes)]))
}

async function exportSnapshot(connection: Connection): Promise<string> {
  const { rows } = await send<{ id: string }>(connection, 'SELECT pg_export_snapshot() AS id')
  return rows[0]?.id ?? ''
}

/** Always through a pipe: pg_dump ends with whoever reads it, and lets go of what it has locked. */
async function runDump(
  target: PostgresTarget,
  tool: Tool,
  snapshot: string,
  store: (raw: Readable) => Promise<void>,
  bytes: number,
  { packCompresses, onProgress, signal }: CopyOptions,
): Promise<void> {
  const args = [
    ...['--format=custom', '--no-password', `--lock-wait-timeout=${LOCK_WAIT}`],
    ...[`--snapshot=${snapshot}`, ...(packCompresses ? ['--compress=0'] : [])],
  ]
  let passed = 0
  const timer = setInterval(
    () => onProgress('copy', Math.min(passed, bytes), bytes),
    BETWEEN_PROGRESS,
  )
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      passed += chunk.length
      done(null, chunk)
    },
  })
  try {
    const ended = await runProgram({
      path: tool.path,
      args,
      env: await clientEnvironment(target),
      signal,
      output: (stdout) => store(pipeline(stdout, count, () => {})),
    })
    if (!ended.succeeded) throw new MigrateError('BACKUP_FAILED', { message: ended.words })
  } finally {
    clearInterval(timer)
  }
}

/** What a statement that fails there leaves behind ends with the savepoint. */
async function letLook(connection: Connection, { look }: CopyOptions): Promise<void> {
  const session: Session = { ...sessionOn(connection), async close() {} }
  await send(connection, 'SAVEPOINT look')
  await look(session)
  await send(connection, 'ROLLBACK TO look')
}

function asBackupError(thrown: unknown): unknown {
  if (!(thrown instanceof MigrateError)) return thrown
  const { message } = thrown
  if (thrown.code === 'DDL_LOCK_TIMEOUT') {
    return new MigrateError('DATABASE_BUSY', {
      message: `The backup waited ${LOCK_WAIT / 1000} s for a table that others have locked: ${message}`,
      cause: thrown,
    })
  }
  if (thrown.code === 'PERMISSION_DENIED' || thrown.code === 'STATEMENT_FAILED') {
    return new MigrateError('BACKUP_FAILED', {
      message,
      ...(thrown.code === 'PERMISSION_DENIED' && {
        hint: 'Give the user the right to read everything: GRANT pg_read_all_data TO …; the owner of the tables has it.',
      }),
      cause: thrown,
    })
  }
  return thrown
}
