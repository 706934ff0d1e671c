import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { devNull } from 'node:os'
import { MigrateError } from '../../errors.ts'
import type { BackupOptions, BackupPort } from '../port.ts'
import { connect, createClient, type PostgresTarget } from './connection.ts'
import { send } from './session.ts'
import { chooseDump, chooseRestore, findTools, toolFolders } from './tools.ts'

// milliseconds
const BETWEEN_PROGRESS = 500
/** A backup that would wait behind somebody's lock fails instead, since the run waits for it. */
const LOCK_WAIT = 60_000

/** Backups with pg_dump in its custom format; `folders` are searched for the programs. */
export function createBackup(
  target: PostgresTarget,
  folders: readonly string[] = toolFolders(),
): Omit<BackupPort, 'extension'> {
  const choose = async () => {
    const [server, tools] = await Promise.all([readServer(target), findTools('pg_dump', folders)])
    return { server, dump: chooseDump(tools, server) }
  }
  return {
    async probe() {
      await choose()
      await chooseRestore(folders)
    },
    async write(file, options) {
      const { server, dump } = await choose()
      await createPrivate(file)
      const stop = reportGrowth(file, server.bytes, options.onProgress)
      try {
        await run(
          dump.path,
          ['--format=custom', '--no-password', `--lock-wait-timeout=${LOCK_WAIT}`, '--file', file],
          { env: await clientEnvironment(target), signal: options.signal },
        )
      } catch (error) {
        await rm(file, { force: true })
        throw error
      } finally {
        stop()
      }
      options.onProgress(server.bytes, server.bytes)
    },
    async verify(file) {
      const restore = await chooseRestore(folders)
      // a dump that was cut still lists its contents; only reading all of it shows
      await run(restore.path, ['--file', devNull, file], { env: process.env, signal: undefined })
    },
  }
}

/** Created before pg_dump writes to it, so that it is never readable by others. */
async function createPrivate(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (cause) {
    throw new MigrateError('BACKUP_FAILED', {
      message: `The backup's file cannot be written: ${(cause as Error).message}`,
      cause,
    })
  }
}

interface Server {
  readonly major: number
  readonly version: string
  readonly bytes: number
}

async function readServer(target: PostgresTarget): Promise<Server> {
  const connection = await connect(target, 'migrate-backup')
  try {
    const { rows } = await send<{ number: string; version: string; bytes: number }>(
      connection,
      `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version,
         pg_database_size(current_database()) AS bytes`,
    )
    const { number, version, bytes } = rows[0] as (typeof rows)[number]
    return {
      major: Math.floor(Number(number) / 10_000),
      version: version.split(' ')[0] ?? version,
      bytes: Number(bytes),
    }
  } finally {
    await connection.close()
  }
}

/** The dump is compressed and has no indexes: its size against the database's is an estimate. */
function reportGrowth(
  file: string,
  total: number,
  onProgress: BackupOptions['onProgress'],
): () => void {
  const timer = setInterval(() => {
    const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 }
    onProgress(Math.min(size, total), total)
  }, BETWEEN_PROGRESS)
  return () => clearInterval(timer)
}

/** What libpq needs to connect; the password stands in the child's own environment only, never in its arguments. */
async function clientEnvironment(target: PostgresTarget): Promise<NodeJS.ProcessEnv> {
  const client = await createClient(target, 'migrate-backup')
  const parameters = new URL(target.url.reveal()).searchParams
  const sslMode = parameters.get('sslmode')
  const fromUrl = {
    // the driver's own word for TLS without a look at the certificate
    PGSSLMODE: sslMode === 'no-verify' ? 'require' : sslMode,
    PGSSLROOTCERT: parameters.get('sslrootcert'),
    PGSSLCERT: parameters.get('sslcert'),
    PGSSLKEY: parameters.get('sslkey'),
    PGOPTIONS: parameters.get('options'),
    PGPASSWORD: client.password,
  }
  return {
    ...process.env,
    PGHOST: client.host,
    PGPORT: String(client.port),
    PGUSER: client.user,
    PGDATABASE: client.database,
    PGAPPNAME: 'migrate-backup',
    PGCONNECT_TIMEOUT: '10',
    LC_MESSAGES: 'C',
    ...Object.fromEntries(Object.entries(fromUrl).filter(([, value]) => value)),
  }
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
}

/** Runs a program to its end. Throws BACKUP_FAILED with its last words, INTERRUPTED where the signal ended it. */
function run(program: string, args: readonly string[], { env, signal }: RunOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, signal, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4000)
    })
    let failed: Error | undefined
    child.on('error', (error) => {
      failed = error
    })
    // after the end only, so that nobody writes to the file any more
    child.on('close', (code, killedBy) => {
      if (signal?.aborted) {
        reject(new MigrateError('INTERRUPTED', { message: 'The backup was interrupted.' }))
      } else if (code === 0) {
        resolve()
      } else {
        const words = lastLines(stderr, env.PGPASSWORD) || failed?.message
        reject(
          new MigrateError('BACKUP_FAILED', {
            message: `${program} ended with ${code ?? killedBy}: ${words ?? 'it said nothing'}`,
          }),
        )
      }
    })
  })
}

function lastLines(text: string, password: string | undefined): string {
  const lines = text.trim().split('\n').slice(-5).join('\n')
  return password ? lines.replaceAll(password, '[redacted]') : lines
}
