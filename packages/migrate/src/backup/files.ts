import { randomBytes } from 'node:crypto'
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK']

/** The system's name for what went wrong: `ENOENT`. */
export const errno = (thrown: unknown): string | undefined =>
  (thrown as NodeJS.ErrnoException | null)?.code

/** Whether a hard link failed because there can be none: another file system, or one without links. */
export const linksNotPossible = (thrown: unknown): boolean => NO_LINKS.includes(errno(thrown) ?? '')

/** Brings a file, or the names in a folder, to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** `YYYYMMDD_HHMMSS`, in UTC. */
export const stamp = (at: Date): string =>
  at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_')

/** Tells whose it is: several databases may share a folder, and several machines. */
export const temporaryName = (name: string): string =>
  `${name}.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`

const TEMPORARY = /^(backup_.+)\.(\d+)\.[0-9a-f]{8}\.tmp(-journal|-wal|-shm)?$/

export interface Temporary {
  /** Of the process that made it. */
  readonly pid: number
  /** False: made by another machine, whose processes cannot be seen from here. */
  readonly here: boolean
}

/** Whose temporary file a name is; null for any other name. */
export function ownerOf(name: string): Temporary | null {
  const [, start, pid] = TEMPORARY.exec(name) ?? []
  if (start === undefined) return null
  return { pid: Number(pid), here: start.endsWith(`.${hostname()}`) }
}

/**
 * Nobody can see the processes of another machine, or of a container that is gone and had a name of its own: what none
 * of them wrote to for two days, longer than any backup takes, is nobody's any more.
 */
const ELSEWHERE_MS = 2 * 86_400_000

export const isAbandoned = ({ pid, here }: Temporary, changedAt: Date): boolean =>
  here ? !isAlive(pid) : Date.now() - changedAt.getTime() > ELSEWHERE_MS

/** Removes what killed runs of this machine left half written in a folder. A missing folder is an empty one. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error) => {
    if (errno(error) === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const owner = ownerOf(name)
    if (!owner) continue
    const file = join(folder, name)
    const found = await stat(file).catch(() => null)
    if (found && isAbandoned(owner, found.mtime)) await rm(file, { force: true })
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errno(error) !== 'ESRCH'
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
