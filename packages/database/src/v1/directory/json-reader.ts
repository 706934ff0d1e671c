import type { NumberNote } from './exact-json.ts'
import { JsonFileFault } from './json-file-fault.ts'
import {
  checkPiece,
  clear,
  hold,
  type Piece,
  parsePiece,
  throwBroken,
  unreadable,
} from './json-piece.ts'
import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  findEnd,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  type Scan,
  skipBlanks,
  TOO_DEEP,
} from './json-scan.ts'
import { MAX_DEPTH } from './parse-json.ts'

export interface StreamItem {
  /** The member of the top-level object that it stands in; empty in a top-level array. */
  readonly list: string
  /** Which member that is, from 1; 0 in a top-level array. A list that stands twice is given twice. */
  readonly member: number
  /**
   * Its index in an array, its key in an object, given twice where it stands twice; null where no list stands, but
   * this value.
   */
  readonly key: string | number | null
  readonly value: unknown
  /** Their positions are within the value. */
  readonly notes: readonly NumberNote[]
}

/** What comes next in the file. `passing`: within a member that is no list; `nuls`: behind its written end. */
type Place = 'start' | 'key' | 'value' | 'item' | 'passing' | 'after' | 'end' | 'nuls'

/** A large file's outer structure: its lists, and where their items begin and end. */
export interface Reader {
  readonly lists: readonly string[]
  readonly scan: Scan
  /** The item or key that is being gathered. */
  readonly piece: Piece
  place: Place
  /** The member that is being read; empty in a top-level array. */
  list: string
  /** Which it is, from 1. */
  member: number
  /** The items that its list has given. */
  index: number
  /** The members that have a list's name, the last of each; a top-level array is 0. */
  readonly found: Map<string, number>
  opener: number
  /** Items or members of what is open: only an empty one may close right away. */
  seen: number
  topIsArray: boolean
  /** Bytes before the current chunk. */
  offset: number
}

export const startReader = (lists: readonly string[], found: Map<string, number>): Reader => ({
  lists,
  scan: { depth: 0, most: MAX_DEPTH - 1, inString: false, escaped: false },
  piece: { parts: [], bytes: 0, start: 0 },
  place: 'start',
  list: '',
  member: 0,
  index: 0,
  found,
  opener: 0,
  seen: 0,
  topIsArray: false,
  offset: 0,
})

/** The items that end in this chunk of the file. */
export function* readPieces(reader: Reader, chunk: Buffer): Generator<StreamItem> {
  let at = 0
  while (at < chunk.length) {
    const { place } = reader
    if (place === 'key' || place === 'item' || place === 'passing') {
      const end = gather(reader, chunk, at)
      if (end === chunk.length) break
      const item = endPiece(reader, chunk[end] as number, reader.offset + end)
      if (item) yield item
      at = end + 1
    } else {
      at = skipBlanks(chunk, at)
      if (at === chunk.length) break
      // The first byte of a value that is passed over belongs to it.
      if (step(reader, chunk[at] as number, reader.offset + at)) at++
    }
  }
  reader.offset += chunk.length
}

/** Throws what the end of the file says: that it is cut or empty, or held none of the lists. */
export function finish(reader: Reader): void {
  const { place, piece } = reader
  if (place === 'end') {
    if (reader.found.size === 0 && reader.member > 0) throw shapeUnknown()
    return
  }
  // Only blanks and NULs.
  if (reader.opener === 0) {
    throw new JsonFileFault('FILE_EMPTY', 'The file is empty')
  }
  if (place === 'item' || place === 'key' || place === 'passing') throwBroken(piece, kindOf(reader))
  throw new JsonFileFault('FILE_CUT', 'The file breaks off', reader.offset)
}

const shapeUnknown = (): JsonFileFault =>
  new JsonFileFault('SHAPE_UNKNOWN', 'The file holds none of the lists that are known for it')

const kindOf = ({ place, opener }: Reader): 'member' | 'value' =>
  place === 'item' && opener === OPEN_OBJECT ? 'member' : 'value'

/** Goes on with a key, an item or what is passed over; returns the index of the byte that ends it. */
function gather(reader: Reader, chunk: Buffer, from: number): number {
  const { scan, place } = reader
  let end = findEnd(chunk, from, scan)
  while (chunk[end] === COLON && place !== 'key') end = findEnd(chunk, end + 1, scan)
  if (end === TOO_DEEP) {
    const about = `More than ${MAX_DEPTH} levels are nested`
    throw new JsonFileFault('TOO_DEEP', about, reader.piece.start)
  }
  const part = chunk.subarray(from, end)
  // what goes on in the next chunk outlives this one, whose memory is used again
  hold(reader.piece, end === chunk.length ? Buffer.from(part) : part, kindOf(reader))
  return end
}

function endPiece(reader: Reader, byte: number, at: number): StreamItem | null {
  if (reader.place === 'item') return endItem(reader, byte, at)
  if (reader.place === 'passing') return endPassing(reader, byte, at)
  endKey(reader, byte, at)
  return null
}

/** A member that is no list: given where a list should be. */
function endPassing(reader: Reader, byte: number, at: number): StreamItem | null {
  const { piece, list, member } = reader
  const isUnlisted = isListName(reader)
  const item = isUnlisted ? parsePiece(piece, 'value') : null
  if (!item) checkPiece(piece)
  else reader.found.set(list, member)
  endMember(reader, byte, at)
  return item && { list, member, key: null, value: item.value, notes: item.notes }
}

const isListName = ({ list, lists }: Reader): boolean => list !== '' && lists.includes(list)

function endItem(reader: Reader, byte: number, at: number): StreamItem | null {
  const { piece, list, member, index } = reader
  // A bracket and its counterpart are two apart in ASCII.
  const closes = byte === reader.opener + 2
  if (!closes && byte !== COMMA) throw unreadable(at)
  const none = closes && reader.seen === 0 && isBlank(piece)
  const item = none ? null : parsePiece(piece, kindOf(reader))
  if (item) reader.index++
  if (closes) {
    reader.place = reader.topIsArray ? 'end' : 'after'
    reader.scan.most = MAX_DEPTH - 1
  }
  reader.seen = closes ? 1 : reader.seen + 1
  clear(piece, at + 1)
  return item && { list, member, key: item.key ?? index, value: item.value, notes: item.notes }
}

function endKey(reader: Reader, byte: number, at: number): void {
  const { piece } = reader
  if (byte === CLOSE_OBJECT && reader.seen === 0 && isBlank(piece)) {
    reader.place = 'end'
    return
  }
  if (byte !== COLON) throw unreadable(at)
  const { value } = parsePiece(piece, 'value')
  if (typeof value !== 'string') throw unreadable(piece.start)
  reader.list = value
  reader.member++
  reader.place = 'value'
}

/** A member has ended: another one follows, or the object closes. */
function endMember(reader: Reader, byte: number, at: number): void {
  if (byte !== COMMA && byte !== CLOSE_OBJECT) throw unreadable(at)
  reader.place = byte === COMMA ? 'key' : 'end'
  reader.seen = 1
  clear(reader.piece, at + 1)
}

/** Takes a byte between keys and values; false where it is left for what comes next. */
function step(reader: Reader, byte: number, at: number): boolean {
  if (byte === 0) {
    reader.place = 'nuls'
    return true
  }
  if (reader.place === 'start') startTop(reader, byte, at)
  else if (reader.place === 'value') return startValue(reader, byte, at)
  else if (reader.place === 'after') endMember(reader, byte, at)
  else throw unreadable(at)
  return true
}

function startTop(reader: Reader, byte: number, at: number): void {
  if (byte === OPEN_ARRAY && reader.lists.includes('')) {
    reader.topIsArray = true
    openList(reader, byte, at)
    return
  }
  if (byte !== OPEN_OBJECT) throw BEGINS_VALUE.has(byte) ? shapeUnknown() : unreadable(at)
  reader.opener = byte
  reader.place = 'key'
  clear(reader.piece, at + 1)
}

function startValue(reader: Reader, byte: number, at: number): boolean {
  const isList = byte === OPEN_ARRAY || byte === OPEN_OBJECT
  if (isList && isListName(reader)) {
    openList(reader, byte, at)
    return true
  }
  if (!isList && !BEGINS_VALUE.has(byte)) throw unreadable(at)
  clear(reader.piece, at)
  reader.place = 'passing'
  return false
}

function openList(reader: Reader, opener: number, at: number): void {
  reader.found.set(reader.list, reader.member)
  reader.index = 0
  reader.scan.most = MAX_DEPTH - (reader.topIsArray ? 1 : 2)
  reader.opener = opener
  reader.seen = 0
  reader.place = 'item'
  clear(reader.piece, at + 1)
}

const BEGINS_VALUE = new Set([QUOTE, OPEN_ARRAY, ...Buffer.from('-0123456789tfn')])

const isBlank = ({ parts }: Piece): boolean =>
  parts.every((part) => skipBlanks(part, 0) === part.length)
