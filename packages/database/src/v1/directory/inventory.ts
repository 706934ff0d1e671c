import { isUtf8 } from 'node:buffer'
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { MigrateError } from '@fossawork/migrate'
import { printable } from './printable.ts'
import { changed, explain } from './source-errors.ts'

/** What a directory holds, as it was when it was listed. */
export interface Inventory {
  /** Its real path: the directory that was named may be a link. */
  readonly directory: string
  /** All but folders, sorted by path. */
  readonly entries: readonly InventoryEntry[]
  /** Every folder that was listed, sorted by path, without the directory itself. */
  readonly folders: readonly InventoryFolder[]
}

export interface InventoryEntry {
  /** Relative to the directory, with slashes. Bytes of a name that are not UTF-8 stand as `\xNN`. */
  readonly path: string
  readonly kind: 'file' | 'link' | 'other'
  /** For kind `other`, why nothing can be read from it: `a named pipe`. Else empty. */
  readonly what: string
  readonly bytes: number
  readonly mtimeNs: bigint
  readonly ino: bigint
  /** Permission bits. */
  readonly mode: number
}

export interface InventoryFolder {
  readonly path: string
  readonly mtimeNs: bigint
  readonly mode: number
}

/** Folders below the directory are listed this deep; V1 has two levels. What lies deeper is one `other` entry. */
export const MAX_FOLDERS = 16

interface Listing {
  readonly root: string
  readonly entries: InventoryEntry[]
  readonly folders: InventoryFolder[]
}

/**
 * Lists V1's data directory and everything in it. Never follows a link but the directory's own name, and opens
 * no file. Throws IMPORT_SOURCE_NOT_FOUND, IMPORT_SOURCE_CHANGED where something vanishes meanwhile, and
 * PERMISSION_DENIED with the path.
 */
export async function readInventory(directory: string): Promise<Inventory> {
  const root = await realDirectory(directory)
  const listing: Listing = { root, entries: [], folders: [] }
  try {
    await listFolder(listing, '', 0)
  } catch (cause) {
    throw explain(cause, root)
  }
  if (!listing.folders.some(({ path }) => path === 'users')) throw notV1(directory)
  listing.entries.sort(byPath)
  listing.folders.sort(byPath)
  return { directory: root, entries: listing.entries, folders: listing.folders }
}

/** By code unit, the same on every machine. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  if (a.path === b.path) return 0
  return a.path < b.path ? -1 : 1
}

async function realDirectory(directory: string): Promise<string> {
  try {
    const root = await realpath(directory)
    if ((await lstat(root)).isDirectory()) return root
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw explain(cause, directory)
    throw new MigrateError('IMPORT_SOURCE_NOT_FOUND', {
      message: `There is no directory ${printable(directory)}.`,
      hint: "Pass V1's data directory: the one that holds the folder users.",
      cause,
    })
  }
  throw new MigrateError('IMPORT_SOURCE_NOT_FOUND', {
    message: `${printable(directory)} is not a directory.`,
    hint: "Pass V1's data directory: the one that holds the folder users.",
  })
}

const notV1 = (directory: string): MigrateError =>
  new MigrateError('IMPORT_SOURCE_NOT_FOUND', {
    message: `${printable(directory)} is not a data directory of V1: it holds no folder users of its own.`,
    hint: "Pass V1's data directory: the one that holds the folder users. A link in its place is not followed.",
  })

async function listFolder(listing: Listing, folder: string, depth: number): Promise<void> {
  const absolute = join(listing.root, folder)
  const names = await readdir(absolute, { encoding: 'buffer' })
  // A link that took the folder's place meanwhile would have been followed.
  if ((await realpath(absolute)) !== absolute) throw changed([folder])
  for (const name of names) {
    const path = folder ? `${folder}/${nameOf(name)}` : nameOf(name)
    const raw = Buffer.concat([Buffer.from(`${absolute}/`), name])
    const stats = await lstat(raw, { bigint: true })
    const folderToList = stats.isDirectory() && isUtf8(name) && depth < MAX_FOLDERS
    if (!folderToList) {
      listing.entries.push(entryOf(path, isUtf8(name), stats))
      continue
    }
    listing.folders.push({ path, mtimeNs: stats.mtimeNs, mode: permissions(stats) })
    await listFolder(listing, path, depth + 1)
  }
}

function entryOf(path: string, readable: boolean, stats: BigIntStats): InventoryEntry {
  const what = readable ? whatIs(stats) : 'a name that is not UTF-8'
  let kind: InventoryEntry['kind'] = 'other'
  if (what === '') kind = stats.isFile() ? 'file' : 'link'
  const { mtimeNs, ino } = stats
  return { path, kind, what, bytes: Number(stats.size), mtimeNs, ino, mode: permissions(stats) }
}

function whatIs(stats: BigIntStats): string {
  if (stats.isFile() || stats.isSymbolicLink()) return ''
  if (stats.isDirectory()) return `a folder below ${MAX_FOLDERS} others`
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

const permissions = (stats: BigIntStats): number => Number(stats.mode & 0o7777n)

/** Latin-1 shows every byte as one character; those beyond ASCII are written as their number. */
export function nameOf(name: Buffer): string {
  if (isUtf8(name)) return name.toString()
  return name
    .toString('latin1')
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
