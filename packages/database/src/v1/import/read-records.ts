import { hash } from 'node:crypto'
import { decodeText } from '../directory/decode-text.ts'
import type { InventoryEntry } from '../directory/inventory.ts'
import { parseJson } from '../directory/parse-json.ts'
import { readBytes } from '../directory/read-file.ts'
import { STREAM_FROM_BYTES } from '../directory/stream-json.ts'
import { type FileKind, type UserContext, WHOLE_LIMIT, type Whole } from '../map/file-kind.ts'
import { shapeOf } from '../map/shape.ts'
import type { Mapping, Note, Quarantine } from '../record.ts'
import { assertArchived, NUMBER, type Source } from './source.ts'
import { slices, streamRecords, survey } from './stream-records.ts'

/** A file's bytes, proved to be those that were archived. Null where there are more than `most`. */
async function readWhole(
  source: Source,
  entry: InventoryEntry,
  most: number,
): Promise<{ bytes: Buffer; sha256: string } | null> {
  source.signal.throwIfAborted()
  const bytes = await readBytes(source.inventory.directory, entry, most)
  if (!bytes) return null
  source.onBytes(bytes.length)
  const sha256 = hash('sha256', bytes, 'hex')
  assertArchived(source, entry, sha256)
  return { bytes, sha256 }
}

type Content = Omit<Whole, 'file'> | { readonly mapping: Mapping }

/** A file that is read at once: what it holds, or why it is quarantined. `most`: bytes, above which it is. */
export async function readContent(
  source: Source,
  entry: InventoryEntry,
  isJson: boolean,
  most = WHOLE_LIMIT,
): Promise<Content> {
  const { path } = entry
  const read = await readWhole(source, entry, most)
  if (!read) {
    return { mapping: quarantinedFile(path, null, tooLarge(most)) }
  }
  const { bytes, sha256 } = read
  const decoded = decodeText(bytes)
  if ('quarantine' in decoded) {
    const content = { base64: bytes.toString('base64') }
    return { mapping: quarantinedFile(path, content, decoded.quarantine) }
  }
  return contentOf({ file: path, text: decoded.text, isJson, sha256 }, bytes.length, source.onNote)
}

/** What a text holds. */
export function contentOf(
  { file, text, isJson, sha256 }: Pick<Whole, 'file' | 'text' | 'sha256'> & { isJson: boolean },
  bytes: number,
  onNote: (note: Note) => void,
): Content {
  const content = { text, bytes, sha256 }
  if (!isJson) return { ...content, value: undefined }
  const parsed = parseJson(text)
  if ('quarantine' in parsed) return { mapping: quarantinedFile(file, text, parsed.quarantine) }
  for (const note of parsed.notes) onNote({ file, ...note, message: NUMBER })
  return { ...content, value: parsed.value }
}

/** What a file's records come to, in their order, some at a time. Lists in files of more bytes are streamed. */
export async function* mapFile(
  source: Source,
  entry: InventoryEntry,
  kind: FileKind,
  user: UserContext,
  streamFrom = STREAM_FROM_BYTES,
): AsyncGenerator<readonly Mapping[]> {
  const isList = kind.lists.length > 0
  const isSmall = entry.bytes <= WHOLE_LIMIT
  if (kind.isCopy && !isSmall) {
    source.onNote(copyTooLarge(entry))
    if (!isList) return
  }
  // a copy is made of the file as one value, so that its lists are there too
  if (isList && entry.bytes > streamFrom && !(kind.isCopy && isSmall)) {
    const found = await survey(source, entry, kind)
    if ('last' in found) return yield* streamRecords(source, entry, kind, user, found.last)
    // a smaller one is quarantined with its text
    if (!isSmall) return yield [quarantinedFile(entry.path, null, found.fault)]
  }
  const content = await readContent(source, entry, kind.format === 'json')
  if ('mapping' in content) return yield [content.mapping]
  yield* slices(mapContent({ ...content, file: entry.path }, kind, user))
}

/** What a file that was read comes to. */
export function* mapContent(content: Whole, kind: FileKind, user: UserContext): Generator<Mapping> {
  const { file, value, bytes } = content
  const shape = kind.lists.length ? shapeOf(kind, value) : { items: [], unknown: [] }
  for (const { position, value, quarantine } of shape.unknown) {
    yield { record: { file, position, value }, notes: [], quarantine }
  }
  const isKept = !kind.isCopy || bytes <= WHOLE_LIMIT
  if (isKept && shape.unknown.length === 0) yield* kind.whole?.(content, user) ?? []
  for (const item of shape.items) yield* kind.item?.({ file, ...item }, user) ?? []
}

const copyTooLarge = ({ path, bytes }: InventoryEntry): Note => ({
  code: 'COPY_TOO_LARGE',
  file: path,
  position: '',
  message: `The file has ${bytes} bytes: it is kept whole in the archive only.`,
})

const tooLarge = (most: number): Quarantine => ({
  code: 'FILE_TOO_LARGE',
  message: `The file is larger than ${most} bytes, which no file of its kind is.`,
})

/**
 * A file that is one record, and cannot be imported. Its text, or its bytes where they are none; null: it is too large to
 * be kept besides the archive.
 */
export const quarantinedFile = (
  file: string,
  content: string | { readonly base64: string } | null,
  quarantine: Quarantine,
): Mapping => ({ record: { file, position: '', value: content }, notes: [], quarantine })
