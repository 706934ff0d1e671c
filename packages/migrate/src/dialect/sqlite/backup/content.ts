import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Measure } from '../../port.ts'
import { assertGoesOn } from './goes-on.ts'

/**
 * SHA-256 over the pages of a copy at rest, in order, with zeros in place of the bytes that differ between two copies
 * of the same content.
 */
export const METHOD = 'sqlite-pages-sha256'

export interface Range {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/**
 * Header bytes that copying a database into another changes: the journal's mode, the change counter, the schema
 * cookie, and which SQLite wrote when.
 */
const VOLATILE: readonly Range[] = [
  { start: 18, end: 20 },
  { start: 24, end: 28 },
  { start: 40, end: 44 },
  { start: 92, end: 100 },
]

/** Where SQLite puts its locks. The page round it holds nothing and is never copied. */
const LOCK_BYTE = 0x40000000

/** What says nothing of the content of a database whose pages are of that size. */
export function meaningless(pageSize: number, lockByte: number = LOCK_BYTE): Range[] {
  const lockPage = Math.floor(lockByte / pageSize) * pageSize
  return [...VOLATILE, { start: lockPage, end: lockPage + pageSize }]
}

const CHUNK_BYTES = 1 << 20

/** A file's bytes, each chunk in the place of the one before it: no memory is left to be collected. */
export async function* chunksOf(file: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    for (;;) {
      assertGoesOn(signal)
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

export interface Digested {
  /** SHA-256 with zeros in place of the ranges, in lower-case hex. */
  readonly digest: string
  /** As it stands. */
  readonly whole: Measure
}

/** Reads the bytes once, for both. */
export async function digest(
  chunks: AsyncIterable<Buffer>,
  ranges: readonly Range[],
  onBytes: (done: number) => void = () => {},
): Promise<Digested> {
  const whole = createHash('sha256')
  const hash = createHash('sha256')
  let offset = 0
  for await (const chunk of chunks) {
    whole.update(chunk)
    for (const { start, end } of ranges) {
      const from = Math.max(start - offset, 0)
      const to = Math.min(end - offset, chunk.length)
      if (from < to) chunk.fill(0, from, to)
    }
    hash.update(chunk)
    offset += chunk.length
    onBytes(offset)
  }
  return { digest: hash.digest('hex'), whole: { bytes: offset, sha256: whole.digest('hex') } }
}
