import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MigrateError } from '../../../errors.ts'
import { linksNotPossible, stamp } from '../../../file-system.ts'
import { SIDECARS } from './copy.ts'

const STAMPED = /^(\.damaged-\d{8}_\d{6}(?:_\d+)?)(-wal|-shm|-journal)?$/

/**
 * Paths of what restores of `live` set aside, oldest first: damaged databases, and of one that was missing a file that
 * was left of it.
 */
export function setAside(live: string): string[] {
  const folder = dirname(live)
  const name = basename(live)
  const bases = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((other) => other.startsWith(name))
    .flatMap((other) => STAMPED.exec(other.slice(name.length))?.[1] ?? [])
  return [...new Set(bases)]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((base) => firstOf(join(folder, `${name}${base}`)) ?? [])
}

/** The file itself, or the first of its sidecars that is there. */
const firstOf = (path: string): string | undefined =>
  ['', ...SIDECARS].map((suffix) => `${path}${suffix}`).find((file) => existsSync(file))

/** Removes one of {@link setAside}. Throws BACKUP_NOT_FOUND. */
export function discardSetAside(live: string, path: string): void {
  if (!setAside(live).includes(path)) {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `${path} is no database that a restore of ${live} set aside.`,
      hint: 'Name one of those that stand beside it as `.damaged-YYYYMMDD_HHMMSS`.',
    })
  }
  const base = path.replace(/-(?:wal|shm|journal)$/, '')
  for (const suffix of ['', ...SIDECARS]) rmSync(`${base}${suffix}`, { force: true })
}

/**
 * Gives a damaged database a second name and moves what belongs to it there. The first name stays until another file
 * takes it, so that there is always one; the sidecars go first, since none may ever meet that other file.
 */
export function putAside(live: string): string {
  const aside = freeName(live)
  moveSidecars(live, aside)
  try {
    linkSync(live, aside)
  } catch (error) {
    if (!linksNotPossible(error)) throw error
    renameSync(live, aside)
  }
  return aside
}

/**
 * Moves away what is left of a database that is missing: it would be taken for a part of the next one. Returns a path
 * of {@link setAside}; null, and nothing is kept, where it held no data.
 */
export function putLeftoversAside(live: string): string | null {
  const holdsData = ['-wal', '-journal'].some((suffix) => {
    const { size } = statSync(`${live}${suffix}`, { throwIfNoEntry: false }) ?? { size: 0 }
    return size > 0
  })
  if (!holdsData) {
    for (const suffix of SIDECARS) rmSync(`${live}${suffix}`, { force: true })
    return null
  }
  const aside = freeName(live)
  moveSidecars(live, aside)
  return firstOf(aside) ?? null
}

function moveSidecars(live: string, aside: string): void {
  for (const suffix of SIDECARS) {
    if (existsSync(`${live}${suffix}`)) renameSync(`${live}${suffix}`, `${aside}${suffix}`)
  }
}

function freeName(live: string): string {
  const now = stamp(new Date())
  for (let copy = 1; ; copy++) {
    const aside = `${live}.damaged-${now}${copy === 1 ? '' : `_${copy}`}`
    if (!['', ...SIDECARS].some((suffix) => existsSync(`${aside}${suffix}`))) return aside
  }
}
