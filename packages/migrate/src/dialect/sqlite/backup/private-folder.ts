import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbandoned, ownedName, ownerOf } from '../../../file-system.ts'

/**
 * Makes a folder in `parent` that only this user may enter, `PREFIX.HOST.PID.RANDOM`, after it removed those that
 * {@link removeLeftFolders} removes.
 */
export async function makePrivateFolder(parent: string, prefix: string): Promise<string> {
  await removeLeftFolders(parent, prefix)
  const folder = join(parent, ownedName(prefix))
  await mkdir(folder, { mode: 0o700 })
  return folder
}

/** Removes the folders of a prefix that killed processes of this machine left, or another machine long ago. */
export async function removeLeftFolders(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = ownerOf(name, prefix)
    if (!owner) continue
    const path = join(parent, name)
    if (isAbandoned(owner, await lastChange(path))) await rm(path, { recursive: true, force: true })
  }
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
