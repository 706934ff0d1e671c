import { stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { Dialect } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { errno } from '../file-system.ts'
import { readCatalogue } from './catalogue/catalogue.ts'
import { freedByCleanup } from './catalogue/cleanup.ts'
import { databaseIdOf } from './catalogue/index-file.ts'
import type { RetentionPolicy } from './catalogue/retention.ts'

/** What is about to be written into a folder, in bytes. It need not exist yet. */
export interface Demand {
  readonly folder: string
  readonly bytes: number
}

/** The backups that could make room. */
export interface SpaceContext {
  /** The folder that the tiers stand in. */
  readonly folder: string
  readonly dialect: Pick<Dialect, 'name' | 'identity'>
  /** 'all': a cleanup removes nothing. */
  readonly keep: RetentionPolicy | 'all'
}

/**
 * Checks that each disk has room for what is about to be written to it, and says otherwise what it needs, what it has
 * and what would help. An estimate: others write too. Throws DISK_FULL. `what` begins the sentence: `The backup`.
 */
export async function assertSpace(
  demands: readonly Demand[],
  what: string,
  context: SpaceContext,
): Promise<void> {
  const placed = await Promise.all(
    demands.map(async (demand) => ({ ...demand, ...(await placeOf(demand.folder)) })),
  )
  const backups = await placeOf(context.folder)
  for (const [disk, parts] of Map.groupBy(placed, ({ dev }) => dev)) {
    const needs = parts.reduce((sum, { bytes }) => sum + bytes, 0)
    const [{ folder }] = parts as [(typeof parts)[number]]
    const has = await freeBytes(folder)
    if (needs <= has) continue
    const freed = disk === backups.dev ? await freedBy(context) : 0
    const movable = parts.some((part) => isWithin(part.folder, context.folder))
    const temporary = parts.some((part) => isWithin(part.folder, tmpdir()))
    throw new MigrateError(
      'DISK_FULL',
      describeShortage({ what, needs, has, folder, freed, movable, temporary }),
    )
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

export interface Shortage {
  readonly what: string
  readonly needs: number
  readonly has: number
  readonly folder: string
  /** What a cleanup of the backups would free on this disk. */
  readonly freed: number
  /** Whether it is for the backups' folder, which can be another one. */
  readonly movable: boolean
  /** Whether it is for the folder of temporary files. */
  readonly temporary: boolean
}

export function describeShortage(shortage: Shortage): {
  message: string
  hint: string
} {
  const { what, needs, has, folder, freed, movable, temporary } = shortage
  const enough = has + freed >= needs ? '' : ', which is not enough by itself'
  const ways = [
    ...(freed > 0
      ? [`run \`backup --cleanup\`, which would free ${megabytes(freed, Math.floor)}${enough}`]
      : []),
    ...(movable ? ['keep the backups on another disk with --backup-dir'] : []),
    ...(temporary ? ['name a folder on another disk in TMPDIR'] : []),
  ]
  return {
    message: `${what} needs ${megabytes(needs, Math.ceil)} in ${folder}, and the disk has ${megabytes(has, Math.floor)} free.`,
    hint: `${['Make room on it', ...ways].join(', or ')}; then run it again.`,
  }
}

/** What is needed is rounded up and what is there down, so that too little never looks like enough. */
const megabytes = (bytes: number, round: (value: number) => number): string =>
  `${round(bytes / 100_000) / 10} MB`

async function freedBy({ folder, dialect, keep }: SpaceContext) {
  if (keep === 'all') return 0
  const database = databaseIdOf(dialect)
  const catalogue = await readCatalogue(folder)
  return freedByCleanup(catalogue, { database, policy: keep, now: new Date() })
}

/** Bytes that this user may still write into a folder, or into the nearest one above it that exists. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs((await placeOf(folder)).existing)
  return bavail * bsize
}

async function placeOf(folder: string): Promise<{ existing: string; dev: number }> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      return { existing: path, dev: (await stat(path)).dev }
    } catch (error) {
      if (errno(error) !== 'ENOENT' || path === dirname(path)) throw error
    }
  }
}
