import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Header, type Pack, pack } from 'tar-stream'
import { byPath, type Inventory, type InventoryEntry, nameOf } from './inventory.ts'
import { assertParent, readChunks } from './read-file.ts'
import { explain } from './source-errors.ts'

export interface DirectoryTar {
  /** The tar's bytes. Fails with IMPORT_SOURCE_CHANGED or PERMISSION_DENIED. */
  readonly tar: Readable
  /** SHA-256 in hex of every file's content, by path; complete when the tar has been read to its end. */
  readonly digests: ReadonlyMap<string, string>
}

/** The tar's last entry, where there is something that cannot be archived: its lines name it. */
export const NOT_ARCHIVED = '.not-archived.txt'

/**
 * The whole directory as a tar, the same bytes for the same directory: folders, files, links as links, sorted by
 * path; what is none of these is named in a last entry. `onBytes` hears of the content as it is read.
 */
export function tarOf(inventory: Inventory, onBytes: (bytes: number) => void): DirectoryTar {
  const digests = new Map<string, string>()
  return { tar: Readable.from(tarChunks(inventory, digests, onBytes)), digests }
}

async function* tarChunks(
  inventory: Inventory,
  digests: Map<string, string>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const packing = pack()
  const filling = fill(packing, inventory, digests, onBytes).then(
    () => packing.finalize(),
    (error: Error) => {
      packing.destroy(error)
    },
  )
  try {
    yield* packing as AsyncIterable<Buffer>
  } finally {
    // Where nobody reads on, the file that is open must be closed.
    packing.destroy(null)
    await filling
  }
}

async function fill(
  packing: Pack,
  inventory: Inventory,
  digests: Map<string, string>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { directory, entries } = inventory
  const folders = inventory.folders.map((folder) => ({ ...folder, kind: 'folder' as const }))
  const others = entries.filter(({ kind }) => kind === 'other')
  for (const item of [...folders, ...entries].sort(byPath)) {
    if (item.kind === 'folder') {
      await add(packing, { ...headers(item), type: 'directory' })
    } else if (item.kind === 'link') {
      const linkname = await targetOf(directory, item)
      await add(packing, { ...headers(item), type: 'symlink', linkname })
    } else if (item.kind === 'file') {
      const hash = createHash('sha256')
      const heard = (chunk: Buffer) => {
        hash.update(chunk)
        onBytes(chunk.length)
      }
      const header: Entry = { ...headers(item), type: 'file', size: item.bytes }
      await add(packing, header, heardChunks(readChunks(directory, item, 'kept'), heard))
      digests.set(item.path, hash.digest('hex'))
    }
  }
  if (others.length) await addOthers(packing, others)
}

type Entry = Partial<Header> & Pick<Header, 'name'>

const headers = (item: { path: string; mtimeNs: bigint; mode: number }): Entry => ({
  name: item.path,
  mode: item.mode,
  mtime: new Date(Math.max(0, Number(item.mtimeNs / 1_000_000n))),
})

async function targetOf(directory: string, entry: InventoryEntry): Promise<string> {
  try {
    const target = await readlink(join(directory, entry.path), { encoding: 'buffer' })
    await assertParent(directory, entry.path)
    return nameOf(target)
  } catch (cause) {
    throw explain((cause as NodeJS.ErrnoException).code === 'EINVAL' ? GONE : cause, entry.path)
  }
}

/** It is no link any more. */
const GONE = { code: 'ENOENT' }

async function addOthers(packing: Pack, others: readonly InventoryEntry[]): Promise<void> {
  const lines = others.map(({ path, what }) => `${JSON.stringify(path)}: ${what}\n`)
  const text = Buffer.from(`Not in this archive:\n${lines.join('')}`)
  const header: Entry = { name: NOT_ARCHIVED, mode: 0o600, mtime: new Date(0), type: 'file' }
  await add(packing, { ...header, size: text.length }, [text])
}

async function* heardChunks(
  chunks: AsyncIterable<Buffer>,
  heard: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    heard(chunk)
    yield chunk
  }
}

/** Adds an entry and waits until it is written; fails where the tar is no longer read. */
async function add(
  packing: Pack,
  header: Entry,
  content: AsyncIterable<Buffer> | Iterable<Buffer> = [],
): Promise<void> {
  const written = Promise.withResolvers<void>()
  // Whoever waits below hears of a failure; until then nobody does.
  written.promise.catch(() => {})
  const sink = packing.entry(header, (error) => (error ? written.reject(error) : written.resolve()))
  sink.on('error', written.reject)
  if (header.type === 'file') {
    for await (const chunk of content) {
      if (!sink.write(chunk)) await Promise.race([once(sink, 'drain'), written.promise])
    }
    sink.end(null)
  }
  await written.promise
}
