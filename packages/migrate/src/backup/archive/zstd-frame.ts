// The format is RFC 8878: https://www.rfc-editor.org/rfc/rfc8878

/** A frame's header, as far as it says what follows. */
export interface FrameHeader {
  /** In bytes, with the magic number. */
  readonly length: number
  /** Raw bytes in the frame, where it says so. */
  readonly contentSize: number | null
  readonly hasChecksum: boolean
  /** Set where the frame cannot be read: why. */
  readonly problem: string | null
}

const FRAME = 0xfd2fb528
const SKIPPABLE = 0x184d2a50

/** The most that a header has, in bytes. */
export const LONGEST_HEADER = 18

/** What begins with these four bytes; null for no zstd. */
export function frameKind(magic: Buffer): 'frame' | 'skippable' | null {
  if (magic.length < 4) return null
  const number = magic.readUInt32LE(0)
  if (number === FRAME) return 'frame'
  return (number & 0xfffffff0) >>> 0 === SKIPPABLE ? 'skippable' : null
}

/** The header of the frame that begins with these bytes; null where they end before it does. */
export function parseFrameHeader(bytes: Buffer): FrameHeader | null {
  const descriptor = bytes[4]
  if (descriptor === undefined) return null
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeCode = descriptor >> 6
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number)
  const sizeLength = sizeCode === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeCode
  const length = sizeAt + sizeLength
  if (bytes.length < length) return null
  return {
    length,
    contentSize: sizeLength === 0 ? null : readSize(bytes, sizeAt, sizeLength),
    hasChecksum: (descriptor & 4) !== 0,
    problem: problemOf(descriptor),
  }
}

function readSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at))
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0)
}

function problemOf(descriptor: number): string | null {
  if (descriptor & 0x18) return 'its header has flags that nobody knows'
  if (descriptor & 3) return 'it needs a dictionary'
  return null
}

/** A block's header, three bytes before it. */
export interface BlockHeader {
  readonly isLast: boolean
  /** Bytes that follow. */
  readonly length: number
  readonly isValid: boolean
}

export const BLOCK_HEADER_BYTES = 3

const LARGEST_BLOCK = 128 * 1024

export function parseBlockHeader(bytes: Buffer): BlockHeader {
  const header = bytes.readUIntLE(0, BLOCK_HEADER_BYTES)
  const [type, size] = [(header >> 1) & 3, header >> 3]
  return {
    isLast: (header & 1) === 1,
    // one byte that is repeated, or as many as it says
    length: type === 1 ? 1 : size,
    isValid: type !== 3 && size <= LARGEST_BLOCK,
  }
}
