import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readFile, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Installation } from './installations.ts'

export interface Cluster {
  /** A superuser's URL of the database `postgres`. */
  readonly url: string
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/**
 * Stops the server in folder $1/data and removes $1 when its standard input ends. The server has ended when its
 * file is gone; its process may stay as a zombie, in a container without an init process.
 */
const WATCHDOG = `
cat >/dev/null
status="$1/data/postmaster.pid"
if [ -e "$status" ]; then
  kill -QUIT "$(head -n 1 "$status")" 2>/dev/null
  tries=0
  while [ -e "$status" ] && [ $tries -lt 250 ]; do tries=$((tries + 1)); sleep 0.02; done
fi
rm -rf "$1"
`

/**
 * Makes a cluster in a temporary folder and starts it on a free port of 127.0.0.1. However this process ends,
 * by SIGKILL even, the server goes with it. `settings` such as `fsync=on` win over the ones for tests.
 */
export async function startCluster(
  installation: Installation,
  settings: readonly string[] = [],
): Promise<Cluster> {
  const user = serverUser()
  const folder = await mkdtemp(join(await place(settings), 'fossawork-postgres-'))
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'watchdog', folder], {
    // a group of its own: Ctrl-C in the terminal must not end it before it has cleaned up
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const stop = async (): Promise<void> => {
    if (watchdog.exitCode !== null) return
    const gone = once(watchdog, 'exit')
    watchdog.stdin.end()
    await gone
  }
  try {
    if (user.uid !== undefined) await chown(folder, user.uid, user.gid)
    const bin = await reachable(installation.bin, user, folder)
    const password = randomBytes(12).toString('hex')
    await initialise(bin, folder, user, password)
    const port = await start(bin, folder, user, [...FOR_TESTS, ...settings])
    return { url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Memory, where there is plenty: tests make hundreds of databases. What must outlive a crash is measured on the disk. */
async function place(settings: readonly string[]): Promise<string> {
  const memory = '/dev/shm'
  if (settings.includes('fsync=on') || !existsSync(memory)) return tmpdir()
  const { bavail, bsize } = await statfs(memory)
  return bavail * bsize > NEEDED_BYTES ? memory : tmpdir()
}

const NEEDED_BYTES = 4e9

type ServerUser = { uid: number; gid: number } | { uid?: undefined; gid?: undefined }

const FOR_TESTS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'max_connections=200',
  'max_prepared_transactions=20',
  'max_wal_size=256MB',
  'wal_level=logical',
]

/** PostgreSQL refuses to run as root: then as `postgres`, else `nobody`. */
function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {}
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  )
  const user = users.get('postgres') ?? users.get('nobody')
  if (!user) throw new Error('Running as root, and there is no user postgres or nobody.')
  return user
}

/** The programs' folder, or a copy that the server's user can reach: a home folder is often closed to it. */
async function reachable(bin: string, user: ServerUser, folder: string): Promise<string> {
  if (spawnSync(join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' }).status === 0)
    return bin
  const copy = join(folder, 'native')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  await chmod(copy, 0o755)
  return join(copy, 'bin')
}

async function initialise(
  bin: string,
  folder: string,
  user: ServerUser,
  password: string,
): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid)
  await promisify(execFile)(
    join(bin, 'initdb'),
    [
      ...['-D', join(folder, 'data'), '-U', 'postgres', `--pwfile=${passwordFile}`],
      ...['-A', 'scram-sha-256', '-N', '--no-locale', '-E', 'UTF8'],
    ],
    { ...user, cwd: folder },
  )
}

async function start(
  bin: string,
  folder: string,
  user: ServerUser,
  settings: readonly string[],
): Promise<number> {
  const data = join(folder, 'data')
  const port = await freePort()
  const log = join(folder, 'server.log')
  const output = openSync(log, 'a')
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder, detached: true, stdio: ['ignore', output, output] },
  )
  server.unref()
  const status = join(data, 'postmaster.pid')
  // the eighth line says "ready" once connections are taken: what `pg_ctl start --wait` looks at
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (existsSync(status)) {
      const lines = (await readFile(status, 'utf8')).split('\n')
      if (lines[7]?.trim() === 'ready') return port
    }
    if (server.exitCode !== null) break
    await sleep(20)
  }
  throw new Error(`The PostgreSQL server did not start:\n${await readFile(log, 'utf8')}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port.')
  return address.port
}
