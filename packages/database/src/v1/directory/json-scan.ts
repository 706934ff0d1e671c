/** Where a scan stands between two pieces of a file. */
export interface Scan {
  /** Arrays and objects that are open within the item. */
  depth: number
  /** So many may be. */
  most: number
  inString: boolean
  /** The piece ended with a backslash in a string. */
  escaped: boolean
}

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
const BACKSLASH = 0x5c

const OPENS = 1
const CLOSES = 2
const SEPARATES = 3
const STRING = 4

/** What a byte is outside of strings; 0 for all that means nothing to a scan. */
const KINDS = new Uint8Array(256)
KINDS[OPEN_ARRAY] = KINDS[OPEN_OBJECT] = OPENS
KINDS[CLOSE_ARRAY] = KINDS[CLOSE_OBJECT] = CLOSES
KINDS[COMMA] = KINDS[COLON] = SEPARATES
KINDS[QUOTE] = STRING

/**
 * The index of the next byte that ends an item: a comma, colon or closing bracket which is in no string and in
 * nothing that the item opened. `TOO_DEEP` (-1) where the item nests too deeply; the length where none comes.
 */
export function findEnd(bytes: Buffer, from: number, scan: Scan): number {
  const length = bytes.length
  let { depth } = scan
  let at = scan.inString ? leaveString(bytes, from, scan) : from
  for (; at < length; at++) {
    const kind = KINDS[bytes[at] as number]
    if (kind === 0) continue
    if (kind === STRING) {
      scan.inString = true
      at = leaveString(bytes, at + 1, scan) - 1
    } else if (kind === OPENS) {
      if (++depth > scan.most) return TOO_DEEP
    } else if (depth === 0) break
    else if (kind === CLOSES) depth--
  }
  scan.depth = depth
  return Math.min(at, length)
}

export const TOO_DEEP = -1

/** The index behind the closing quote; the length where the string goes on. */
function leaveString(bytes: Buffer, from: number, scan: Scan): number {
  const length = bytes.length
  let at = scan.escaped ? from + 1 : from
  scan.escaped = false
  for (; at < length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      scan.inString = false
      return at + 1
    }
    if (byte === BACKSLASH && ++at === length) scan.escaped = true
  }
  return length
}

/** The index of the first byte from there that is no blank. */
export function skipBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && isBlank(bytes[at] as number)) at++
  return at
}

const isBlank = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
