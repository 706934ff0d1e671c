import { isUtf8 } from 'node:buffer'
import { CRUMBS, isTextCrumbs } from './crumbs.ts'
import { type NumberNote, parseExact, pointerPart } from './exact-json.ts'
import { findFault } from './json-fault.ts'
import { JsonFileFault } from './json-file-fault.ts'

/** The bytes of one item, gathered over the pieces of a file. */
export interface Piece {
  readonly parts: Buffer[]
  bytes: number
  /** In the file, as UTF-8 without a byte order mark. */
  start: number
}

/** What a piece holds: a value, or a member of an object. */
export type PieceKind = 'value' | 'member'

/** The most that one item may take: what is made of it takes up to twenty times its size in memory. */
export const MAX_ITEM_BYTES = 16 * 1024 * 1024

/** Adds bytes to a piece. Throws FILE_TOO_LARGE, or what was wrong already where that made it so large. */
export function hold(piece: Piece, bytes: Buffer, kind: PieceKind): void {
  if (bytes.length === 0) return
  piece.parts.push(bytes)
  piece.bytes += bytes.length
  if (piece.bytes <= MAX_ITEM_BYTES) return
  throwBroken(piece, kind)
  const limit = `${MAX_ITEM_BYTES / 1024 / 1024} MB`
  throw new JsonFileFault('FILE_TOO_LARGE', `An item is larger than ${limit}`, piece.start)
}

export function clear(piece: Piece, start: number): void {
  piece.parts.length = 0
  piece.bytes = 0
  piece.start = start
}

/** Parses a whole piece. Throws FILE_UNREADABLE, SHAPE_UNKNOWN for crumbs. */
export function parsePiece(
  piece: Piece,
  kind: PieceKind,
): { key: string | null; value: unknown; notes: readonly NumberNote[] } {
  const text = textOf(piece)
  if (isTextCrumbs(text)) throw new JsonFileFault('SHAPE_UNKNOWN', CRUMBS, piece.start)
  try {
    const { value, notes } = parseExact(wrapped(text, kind))
    if (kind === 'value') return { key: null, value, notes }
    const [member] = Object.entries(value as object)
    if (!member) throw unreadable(piece.start)
    const within = pointerPart(member[0]).length
    return {
      key: member[0],
      value: member[1],
      notes: notes.map((note) => ({ ...note, position: note.position.slice(within) })),
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throwBroken(piece, kind)
    throw unreadable(piece.start + piece.bytes)
  }
}

/** Proves that a whole piece is a value, and makes nothing of it. Throws FILE_UNREADABLE. */
export function checkPiece(piece: Piece): void {
  const text = textOf(piece)
  const fault = findFault(text)
  if (fault) throw unreadable(piece.start + Buffer.byteLength(text.slice(0, fault.offset)))
}

function textOf({ parts }: Piece): string {
  const [first] = parts
  const bytes = parts.length === 1 && first ? first : Buffer.concat(parts)
  if (isUtf8(bytes)) return bytes.toString()
  throw new JsonFileFault('FILE_UNREADABLE', 'The file is not valid UTF-8 text')
}

/** Throws FILE_UNREADABLE where the piece has a fault other than that it is not complete. */
export function throwBroken(piece: Piece, kind: PieceKind): void {
  // Its end may be within a character.
  const text = new TextDecoder().decode(Buffer.concat(piece.parts), { stream: true })
  const opened = wrapped(text, kind).slice(0, kind === 'member' ? -1 : undefined)
  const fault = findFault(opened)
  if (!fault || fault.cut) return
  const before = opened.slice(kind === 'member' ? 1 : 0, fault.offset)
  throw unreadable(piece.start + Buffer.byteLength(before))
}

export const unreadable = (at: number): JsonFileFault =>
  new JsonFileFault('FILE_UNREADABLE', 'The file is not valid JSON', at)

const wrapped = (text: string, kind: PieceKind): string => (kind === 'member' ? `{${text}}` : text)
