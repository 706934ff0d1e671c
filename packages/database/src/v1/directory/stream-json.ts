import { finish, readPieces, type StreamItem, startReader } from './json-reader.ts'
import { utf8Chunks } from './utf8-chunks.ts'

/** Lists in files of more bytes are streamed: what is made of one takes many times its size in memory. */
export const STREAM_FROM_BYTES = 1024 * 1024

/**
 * The items of a large JSON file, one after the other, in memory that depends only on the largest: those of the
 * top-level array (list '') and of the named members of the top-level object, arrays or objects; what stands in their
 * place has the key null. Other members are only checked. A list or a key that stands twice is given twice: see
 * `last-ones.ts`. `chunks`: `readChunks`. Throws JsonFileFault after the items before the fault: FILE_EMPTY, FILE_CUT,
 * FILE_UNREADABLE, TOO_DEEP, FILE_TOO_LARGE of a single item or member, SHAPE_UNKNOWN where the file holds members, but
 * none of the lists. `found` is told the last member of each list's name.
 */
export async function* streamItems(
  chunks: AsyncIterable<Buffer>,
  lists: readonly string[],
  signal: AbortSignal,
  found: Map<string, number> = new Map(),
): AsyncGenerator<StreamItem, void, undefined> {
  const reader = startReader(lists, found)
  for await (const chunk of utf8Chunks(chunks)) {
    signal.throwIfAborted()
    for (const item of readPieces(reader, chunk)) yield item
  }
  finish(reader)
}
