import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
  const chunks: Buffer[] = []
  for await (const chunk of readChunks(directory, entry)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The content of a listed file in pieces, read as `readBytes` does; the last check comes after the last piece. */
export async function* readChunks(
  directory: string,
  entry: InventoryEntry,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openEntry(directory, entry)
  try {
    let read = 0
    for (;;) {
      // A new buffer each time: whoever reads may keep the pieces.
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, Math.max(entry.bytes - read, 1)))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, read)
      if (bytesRead === 0) break
      read += bytesRead
      if (read > entry.bytes) break
      yield buffer.subarray(0, bytesRead)
    }
    const stats = await handle.stat({ bigint: true })
    if (read !== entry.bytes || !isListed(stats, entry)) throw changed([entry.path])
  } catch (cause) {
    throw explain(cause, entry.path)
  } finally {
    await handle.close()
  }
}

/** Throws IMPORT_SOURCE_CHANGED where a folder on the way to the entry is no longer the one that was listed. */
export async function assertParent(directory: string, path: string): Promise<void> {
  const parent = dirname(join(directory, path))
  if ((await realpath(parent)) !== parent) throw changed([path])
}

async function openEntry(directory: string, entry: InventoryEntry): Promise<FileHandle> {
  const file = join(directory, entry.path)
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK, a named pipe that took the file's place would be waited on for ever.
    handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const real = await realPathOf(handle, file)
    const stats = await handle.stat({ bigint: true })
    if (real !== file || !isListed(stats, entry)) throw changed([entry.path])
    return handle
  } catch (cause) {
    await handle?.close()
    throw explain(cause, entry.path)
  }
}

const isListed = (stats: BigIntStats, entry: InventoryEntry): boolean =>
  stats.isFile() &&
  stats.ino === entry.ino &&
  stats.size === BigInt(entry.bytes) &&
  stats.mtimeNs === entry.mtimeNs

/** Where what is open lies, links in its path resolved: asked of the open file where the system can say. */
async function realPathOf(handle: FileHandle, file: string): Promise<string> {
  if (process.platform === 'linux') {
    const path = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => null)
    if (path !== null) return path
  }
  return realpath(file)
}
