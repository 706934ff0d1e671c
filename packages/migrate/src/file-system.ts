import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { hostname } from 'node:os'

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

/** For names: `YYYYMMDD_HHMMSS`, in UTC. */
export const stamp = (at: Date): string =>
  at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_')

/** The process that made a file or a folder, as its name tells. */
export interface Owner {
  readonly pid: number
  /** False: made by another machine, whose processes cannot be seen from here. */
  readonly here: boolean
}

/** A name of this process's own, `NAME.HOST.PID.RANDOM`: several machines may share a folder. */
export const ownedName = (name: string): string =>
  `${name}.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`

/** Whose an {@link ownedName} is, of `name` or, with null, of any; null for what is none. */
export function ownerOf(owned: string, name: string | null): Owner | null {
  const [, start, pid] = /^(.+)\.(\d+)\.[0-9a-f]{8}$/.exec(owned) ?? []
  if (start === undefined || (name !== null && !start.startsWith(`${name}.`))) return null
  const here = name === null ? start.endsWith(`.${hostname()}`) : start === `${name}.${hostname()}`
  return { pid: Number(pid), here }
}

/**
 * Nobody can see the processes of another machine, or of a container that is gone and had a name of its own: what none
 * of them wrote to for two days, longer than any backup or restore takes, is nobody's any more.
 */
const ELSEWHERE_MS = 2 * 86_400_000

/** Whether its maker is gone. `changedAt`: the last change to it, in milliseconds since 1970. */
export const isAbandoned = ({ pid, here }: Owner, changedAt: number): boolean =>
  here ? !isAlive(pid) : Date.now() - changedAt > ELSEWHERE_MS

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errno(error) !== 'ESRCH'
  }
}
