import { createHash, hash } from 'node:crypto'
import { decodeText } from '../directory/decode-text.ts'
import type { Inventory, InventoryEntry } from '../directory/inventory.ts'
import { JsonFileFault } from '../directory/json-file-fault.ts'
import { parseJson } from '../directory/parse-json.ts'
import { readBytes, readChunks } from '../directory/read-file.ts'
import { changed } from '../directory/source-errors.ts'
import { STREAM_FROM_BYTES, streamItems } from '../directory/stream-json.ts'
import {
  type FileKind,
  itemRecord,
  type UserContext,
  WHOLE_LIMIT,
  type Whole,
} from '../map/file-kind.ts'
import { fit } from '../map/fit.ts'
import { shapeOf } from '../map/shape.ts'
import type { Mapping, Note, Quarantine } from '../record.ts'

/** Where files are read from. */
export interface Source {
  readonly inventory: Inventory
  /** SHA-256 by path, of what was archived: what is imported must be the same. Null where nothing was archived. */
  readonly archived: ReadonlyMap<string, string> | null
  readonly signal: AbortSignal
  readonly onNote: (note: Note) => void
  /** Called with the bytes that were read since the last time. */
  readonly onBytes: (bytes: number) => void
}

/** What cannot be streamed may have so many bytes. */
const MOST_AT_ONCE = 32 * 1024 * 1024

/** A file's bytes, proved to be those that were archived. Null above the limit of what is read at once. */
async function readWhole(
  source: Source,
  entry: InventoryEntry,
): Promise<{ bytes: Buffer; sha256: string } | null> {
  source.signal.throwIfAborted()
  const bytes = await readBytes(source.inventory.directory, entry, MOST_AT_ONCE)
  if (!bytes) return null
  source.onBytes(bytes.length)
  const sha256 = hash('sha256', bytes, 'hex')
  assertArchived(source, entry, sha256)
  return { bytes, sha256 }
}

function assertArchived({ archived }: Source, { path }: InventoryEntry, sha256: string): void {
  if (archived && archived.get(path) !== sha256) throw changed([path])
}

type Content = Omit<Whole, 'file'> | { readonly mapping: Mapping }

/** A file that is read at once: what it holds, or why it is quarantined. */
export async function readContent(
  source: Source,
  entry: InventoryEntry,
  isJson: boolean,
): Promise<Content> {
  const { path } = entry
  const read = await readWhole(source, entry)
  if (!read) {
    return { mapping: quarantinedFile(path, null, TOO_LARGE) }
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

/** What a file's records come to, in their order, some at a time. */
export async function* mapFile(
  source: Source,
  entry: InventoryEntry,
  kind: FileKind,
  user: UserContext,
): AsyncGenerator<readonly Mapping[]> {
  const isList = kind.lists.length > 0
  if (kind.isCopy && entry.bytes > WHOLE_LIMIT) {
    source.onNote(copyTooLarge(entry))
    if (!isList) return
  }
  if (isList && entry.bytes > STREAM_FROM_BYTES) {
    yield* mapLarge(source, entry, kind, user)
    return
  }
  const content = await readContent(source, entry, kind.format === 'json')
  if ('mapping' in content) return yield [content.mapping]
  yield [...mapContent({ ...content, file: entry.path }, kind, user)].map(fit)
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

const TOO_LARGE: Quarantine = {
  code: 'FILE_TOO_LARGE',
  message: `The file is larger than ${MOST_AT_ONCE} bytes, which no file of its kind is.`,
}

const NUMBER = 'A number of more digits than a computer keeps is kept as text.'

const AT_ONCE = 500

/** Twice through the file: what is broken further on is told before anything of it is imported. */
async function* mapLarge(
  source: Source,
  entry: InventoryEntry,
  kind: FileKind,
  user: UserContext,
): AsyncGenerator<readonly Mapping[]> {
  const { path: file } = entry
  const fault = await findFault(source, entry, kind)
  if (fault) return yield [quarantinedFile(file, null, fault)]
  const chunks = counted(readChunks(source.inventory.directory, entry), source.onBytes)
  let mappings: Mapping[] = []
  for await (const { notes, ...item } of streamItems(chunks, kind.lists, source.signal)) {
    const { position } = itemRecord({ file, ...item })
    for (const note of notes) {
      source.onNote({ ...note, file, position: position + note.position, message: NUMBER })
    }
    for (const mapping of kind.item?.({ file, ...item }, user) ?? []) mappings.push(fit(mapping))
    if (mappings.length < AT_ONCE) continue
    yield mappings
    mappings = []
  }
  yield mappings
}

async function findFault(
  source: Source,
  entry: InventoryEntry,
  kind: FileKind,
): Promise<Quarantine | null> {
  const sha256 = createHash('sha256')
  const chunks = counted(readChunks(source.inventory.directory, entry), () => {}, sha256)
  try {
    for await (const _ of streamItems(chunks, kind.lists, source.signal));
  } catch (thrown) {
    if (thrown instanceof JsonFileFault) return thrown.quarantine
    throw thrown
  }
  assertArchived(source, entry, sha256.digest('hex'))
  return null
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
  sha256?: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    sha256?.update(chunk)
    onBytes(chunk.length)
    yield chunk
  }
}

/**
 * A file that is one record, and cannot be imported. Its text, or its bytes where they are none; null: it is too large to
 * be kept besides the archive.
 */
export const quarantinedFile = (
  file: string,
  content: string | { readonly base64: string } | null,
  quarantine: Quarantine,
): Mapping => ({ record: { file, position: '', value: content }, notes: [], quarantine })
