import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAbandoned } from '../../../file-system.ts'

/**
 * Makes a folder in `parent` that only this user may enter, `PREFIX.HOST.PID.RANDOM`, and removes those of the same
 * prefix that killed processes of this machine left, or another machine long ago.
 */
export async function makePrivateFolder(parent: string, prefix: string): Promise<string> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${prefix}.`)) continue
    const path = join(parent, name)
    if (await isLeftOver(path, name.slice(prefix.length + 1))) {
      await rm(path, { recursive: true, force: true })
    }
  }
  const random = randomBytes(4).toString('hex')
  const folder = join(parent, `${prefix}.${hostname()}.${process.pid}.${random}`)
  await mkdir(folder, { mode: 0o700 })
  return folder
}

const OWNER = /^(.+)\.(\d+)\.[0-9a-f]+$/

async function isLeftOver(path: string, owner: string): Promise<boolean> {
  const [, host, pid] = OWNER.exec(owner) ?? []
  if (host === undefined) return false
  return isAbandoned({ pid: Number(pid), here: host === hostname() }, await lastChange(path))
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
