import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * How long nothing changes in a folder of another machine before it counts as abandoned, in milliseconds: its processes
 * cannot be seen from here, and a container has another name each time. A restore writes all the while, or waits for
 * others no longer than it was told to: two days are far beyond both.
 */
const ABANDONED_MS = 2 * 86_400_000

/**
 * Makes a folder in `parent` that only this user may enter, `PREFIX.HOST.PID.RANDOM`, and removes those of the same
 * prefix that killed processes of this machine left, or another machine long ago.
 */
export async function makePrivateFolder(parent: string, prefix: string): Promise<string> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${prefix}.`)) continue
    const path = join(parent, name)
    if (await isAbandoned(path, name.slice(prefix.length + 1))) {
      await rm(path, { recursive: true, force: true })
    }
  }
  const random = randomBytes(4).toString('hex')
  const folder = join(parent, `${prefix}.${hostname()}.${process.pid}.${random}`)
  await mkdir(folder, { mode: 0o700 })
  return folder
}

const OWNER = /^(.+)\.(\d+)\.[0-9a-f]+$/

async function isAbandoned(path: string, owner: string): Promise<boolean> {
  const [, host, pid] = OWNER.exec(owner) ?? []
  if (host === undefined) return false
  if (host === hostname()) return !isAlive(Number(pid))
  return Date.now() - (await lastChange(path)) > ABANDONED_MS
}

/** In milliseconds since 1970; now, for a folder that goes or may not be looked into. */
async function lastChange(folder: string): Promise<number> {
  try {
    const names = (await readdir(folder)).map((name) => join(folder, name))
    const times = await Promise.all([folder, ...names].map((path) => stat(path)))
    return Math.max(...times.map(({ mtimeMs }) => mtimeMs))
  } catch {
    return Date.now()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
