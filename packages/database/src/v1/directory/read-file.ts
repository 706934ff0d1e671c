import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as others } from 'node:timers/promises'
import type { InventoryEntry } from './inventory.ts'
import { changed, explain } from './source-errors.ts'

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

const CHUNK = 256 * 1024

/**
 * The whole content of a listed file; null where it is larger than `maxBytes`. `directory` is the inventory's.
 * Throws IMPORT_SOURCE_CHANGED where it is not the file that was listed, or lies elsewhere, and PERMISSION_DENIED.
 */
export async function readBytes(
  directory: string,
  entry: InventoryEntry,
  maxBytes: number,
): Promise<Buffer | null> {
  if (entry.bytes > maxBytes) return null
  await others()
  const pieces = [...piecesOf(directory, entry)]
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}

/**
 * The content of a listed file in pieces, read as `readBytes` does; the last check comes after the last piece. With
 * 'passing' a piece is overwritten by the next, so that a large file leaves no garbage: nobody may keep one.
 */
export async function* readChunks(
  directory: string,
  entry: InventoryEntry,
  pieces: 'kept' | 'passing',
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = pieces === 'passing' ? Buffer.allocUnsafeSlow(CHUNK) : null
  for (const piece of piecesOf(directory, entry, buffer)) {
    // signals and timers get a turn
    await others()
    yield piece
  }
}

/** At once: a promise for each of a small file's five calls would take longer than they do. */
function* piecesOf(
  directory: string,
  entry: InventoryEntry,
  reused: Buffer | null = null,
): Generator<Buffer> {
  let file: number | undefined
  try {
    file = openEntry(directory, entry)
    let read = 0
    for (;;) {
      const buffer =
        reused ?? Buffer.allocUnsafeSlow(Math.min(CHUNK, Math.max(entry.bytes - read, 1)))
      const bytes = readSync(file, buffer, 0, buffer.length, read)
      if (bytes === 0) break
      read += bytes
      if (read > entry.bytes) break
      yield buffer.subarray(0, bytes)
    }
    const stats = fstatSync(file, { bigint: true })
    if (read !== entry.bytes || !isListed(stats, entry)) throw changed([entry.path])
  } catch (cause) {
    throw explain(cause, entry.path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Throws IMPORT_SOURCE_CHANGED where a folder on the way to the entry is no longer the one that was listed. */
export async function assertParent(directory: string, path: string): Promise<void> {
  const parent = dirname(join(directory, path))
  if ((await realpath(parent)) !== parent) throw changed([path])
}

function openEntry(directory: string, entry: InventoryEntry): number {
  const path = join(directory, entry.path)
  // Without O_NONBLOCK, a named pipe that took the file's place would be waited on for ever.
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = fstatSync(file, { bigint: true })
    if (realPathOf(file, path) !== path || !isListed(stats, entry)) throw changed([entry.path])
    return file
  } catch (cause) {
    closeSync(file)
    throw cause
  }
}

const isListed = (stats: BigIntStats, entry: InventoryEntry): boolean =>
  stats.isFile() &&
  stats.ino === entry.ino &&
  stats.size === BigInt(entry.bytes) &&
  stats.mtimeNs === entry.mtimeNs

/** Where what is open lies, links in its path resolved: asked of the open file where the system can say. */
function realPathOf(file: number, path: string): string {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/self/fd/${file}`)
    } catch {
      // there is no /proc
    }
  }
  return realpathSync(path)
}
