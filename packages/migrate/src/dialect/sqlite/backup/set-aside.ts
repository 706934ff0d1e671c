import { existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MigrateError } from '../../../errors.ts'
import { SIDECARS } from './copy.ts'

const STAMPED = /^\.damaged-\d{8}_\d{6}(?:_\d+)?$/

/** Paths of the damaged databases that restores of `live` set aside, oldest first. */
export function setAside(live: string): string[] {
  const folder = dirname(live)
  const name = basename(live)
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((other) => other.startsWith(name) && STAMPED.test(other.slice(name.length)))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((other) => join(folder, other))
}

/** Removes one of {@link setAside}. Throws BACKUP_NOT_FOUND. */
export function discardSetAside(live: string, path: string): void {
  if (!setAside(live).includes(path)) {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `${path} is no database that a restore of ${live} set aside.`,
      hint: 'Name one of those that stand beside it as `.damaged-YYYYMMDD_HHMMSS`.',
    })
  }
  for (const suffix of ['', ...SIDECARS]) rmSync(`${path}${suffix}`, { force: true })
}

/**
 * Gives a damaged database a second name and moves what belongs to it there. The first name stays until another file
 * takes it, so that there is always one; the sidecars go first, since none may ever meet that other file.
 */
export function putAside(live: string): string {
  const aside = freeName(live)
  for (const suffix of SIDECARS) {
    if (existsSync(`${live}${suffix}`)) renameSync(`${live}${suffix}`, `${aside}${suffix}`)
  }
  try {
    linkSync(live, aside)
  } catch (error) {
    if (!noLinks(error)) throw error
    renameSync(live, aside)
  }
  return aside
}

/** Whether the file system knows no hard links. */
export const noLinks = (error: unknown): boolean =>
  ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')

function freeName(live: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_')
  for (let copy = 1; ; copy++) {
    const aside = `${live}.damaged-${stamp}${copy === 1 ? '' : `_${copy}`}`
    if (!['', ...SIDECARS].some((suffix) => existsSync(`${aside}${suffix}`))) return aside
  }
}
