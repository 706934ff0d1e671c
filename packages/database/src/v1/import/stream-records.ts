import { createHash } from 'node:crypto'
import { CRUMBS, isCrumbs } from '../directory/crumbs.ts'
import type { InventoryEntry } from '../directory/inventory.ts'
import { JsonFileFault, quarantineOf } from '../directory/json-file-fault.ts'
import { isLast, type LastOnes, see, startLastOnes } from '../directory/last-ones.ts'
import { placeOfByte } from '../directory/place-of-byte.ts'
import { readChunks } from '../directory/read-file.ts'
import { streamItems } from '../directory/stream-json.ts'
import { utf8Chunks } from '../directory/utf8-chunks.ts'
import { type FileKind, type Item, itemRecord, type UserContext } from '../map/file-kind.ts'
import { fit } from '../map/fit.ts'
import { notList } from '../map/shape.ts'
import type { Mapping, Quarantine } from '../record.ts'
import { assertArchived, NUMBER, type Source } from './source.ts'

const AT_ONCE = 500
const BYTES_AT_ONCE = 2 ** 20

/** What a first time through a large file says: what is broken, or which of its items count. */
export type Survey = { readonly fault: Quarantine } | { readonly last: LastOnes }

/** What is broken further on is told before anything of the file is imported. */
export async function survey(
  source: Source,
  entry: InventoryEntry,
  { lists }: FileKind,
): Promise<Survey> {
  const { directory } = source.inventory
  const sha256 = createHash('sha256')
  let bytes = 0
  const chunks = heard(readChunks(directory, entry, 'passing'), (chunk) => {
    sha256.update(chunk)
    bytes += chunk.length
  })
  const last = startLastOnes()
  let number = 0
  try {
    for await (const item of streamItems(chunks, lists, source.signal, last.members)) {
      see(last, item, number++)
      if (isCrumbs(number, bytes)) throw new JsonFileFault('SHAPE_UNKNOWN', CRUMBS)
    }
  } catch (thrown) {
    if (!(thrown instanceof JsonFileFault)) throw thrown
    const again = utf8Chunks(readChunks(directory, entry, 'passing'))
    const place = thrown.at === null ? null : await placeOfByte(again, thrown.at)
    return { fault: quarantineOf(thrown, place) }
  }
  assertArchived(source, entry, sha256.digest('hex'))
  return { last }
}

/** The records of a sound file's lists, some at a time. */
export async function* streamRecords(
  source: Source,
  entry: InventoryEntry,
  kind: FileKind,
  user: UserContext,
  last: LastOnes,
): AsyncGenerator<readonly Mapping[]> {
  const { path: file } = entry
  let bytes = 0
  const chunks = heard(readChunks(source.inventory.directory, entry, 'passing'), ({ length }) => {
    source.onBytes(length)
    bytes += length
  })
  let mappings: Mapping[] = []
  let number = 0
  for await (const item of streamItems(chunks, kind.lists, source.signal)) {
    if (!isLast(last, item, number++)) continue
    const { list, key, value, notes } = item
    if (key === null) {
      mappings.push(...unlisted(file, list, value))
      continue
    }
    const one: Item = { file, list, key, value }
    const { position } = itemRecord(one)
    for (const note of notes) {
      source.onNote({ ...note, file, position: position + note.position, message: NUMBER })
    }
    for (const mapping of kind.item?.(one, user) ?? []) {
      mappings.push(fit(mapping))
      if (mappings.length < AT_ONCE) continue
      yield mappings
      mappings = []
    }
    if (bytes < BYTES_AT_ONCE) continue
    bytes = 0
    yield mappings
    mappings = []
  }
  yield mappings
}

/** What stands where a list should; null is an empty one. */
function unlisted(file: string, list: string, value: unknown): Mapping[] {
  if (value === null) return []
  const { quarantine, ...record } = notList(list, value)
  return [{ record: { file, ...record }, notes: [], quarantine }]
}

/** Pieces of a file in slices that fit in memory. */
export function* slices(mappings: Iterable<Mapping>): Generator<readonly Mapping[]> {
  let slice: Mapping[] = []
  for (const mapping of mappings) {
    slice.push(fit(mapping))
    if (slice.length < AT_ONCE) continue
    yield slice
    slice = []
  }
  yield slice
}

async function* heard(
  chunks: AsyncIterable<Buffer>,
  hear: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hear(chunk)
    yield chunk
  }
}
