import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * Makes a folder in `parent` that only this user may enter, `PREFIX.HOST.PID.RANDOM`, and removes those of the same
 * prefix that killed processes of this machine left.
 */
export async function makePrivateFolder(parent: string, prefix: string): Promise<string> {
  const ours = `${prefix}.${hostname()}.`
  for (const name of await readdir(parent)) {
    const abandoned = name.startsWith(ours) && !isAlive(Number(name.split('.').at(-2)))
    if (abandoned) await rm(join(parent, name), { recursive: true, force: true })
  }
  const folder = join(parent, `${ours}${process.pid}.${randomBytes(4).toString('hex')}`)
  await mkdir(folder, { mode: 0o700 })
  return folder
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
