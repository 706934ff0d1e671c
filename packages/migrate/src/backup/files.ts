import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  errno,
  isAbandoned,
  linksNotPossible,
  type Owner,
  ownedName,
  ownerOf,
} from '../file-system.ts'

/** Tells whose it is: several databases may share a folder, and several machines. */
export const temporaryName = (name: string): string => `${ownedName(name)}.tmp`

const TEMPORARY = /^((?:backup|archive)_.+)\.tmp(?:-journal|-wal|-shm)?$/

/** Whose temporary file a name is; null for any other name. */
export function ownerOfTemporary(name: string): Owner | null {
  const [, owned] = TEMPORARY.exec(name) ?? []
  return owned === undefined ? null : ownerOf(owned, null)
}

/** Removes what killed runs of this machine left half written in a folder. A missing folder is an empty one. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error) => {
    if (errno(error) === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const owner = ownerOfTemporary(name)
    if (!owner) continue
    const file = join(folder, name)
    const found = await stat(file).catch(() => null)
    if (found && isAbandoned(owner, found.mtimeMs)) await rm(file, { force: true })
  }
}

/**
 * Gives a finished temporary file its name without ever taking another one's; false where the name is taken. A link
 * fails there by itself; on a file system without links the name is reserved first.
 */
export async function publishAs(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file)
    await rm(temporary, { force: true })
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    if (!linksNotPossible(error)) throw error
  }
  return publishWithoutLinks(temporary, file)
}

export async function publishWithoutLinks(temporary: string, file: string): Promise<boolean> {
  const reserved = await open(file, 'wx', 0o600).catch((error) => {
    if (errno(error) !== 'EEXIST') throw error
  })
  if (!reserved) return false
  await reserved.close()
  try {
    await rename(temporary, file)
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  return true
}

/** The names that a backup may take, in order: a second one in the same second gets `_2`. */
export function* namesFor(name: string, extension: string): Generator<string> {
  for (let copy = 1; ; copy++) yield `${name}${copy === 1 ? '' : `_${copy}`}.${extension}`
}
