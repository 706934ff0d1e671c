/** How often each identity of a user has been met, by table. */
export type Met = Map<string, Identities>

/**
 * Which identities were met, by 128 bits of their digests in one flat array: a million of them take 40 MB, where a Map of
 * texts takes 150 and keeps the collector busy. Two identities of one digest do not happen.
 */
export interface Identities {
  /** Words of 32 bits, five an identity: its digest, and the beginning of its record's. A first word of zero: free. */
  words: Uint32Array
  count: number
  /** How often those were met that were met more than once, by their digests. */
  readonly repeated: Map<string, number>
}

/** A power of two, in identities. */
const FIRST_SIZE = 64
const WORDS = 5

/** That an identity was met. */
export interface Meeting {
  /** Which time it is: 1, 2, … */
  readonly times: number
  /** The record is not the one that was met first. */
  readonly isDifferent: boolean
}

/** `identity` and `record` are their digests, 128 bits in base64url. */
export function meet(met: Met, table: string, identity: string, record: string): Meeting {
  let of = met.get(table)
  if (!of) {
    of = { words: new Uint32Array(FIRST_SIZE * WORDS), count: 0, repeated: new Map() }
    met.set(table, of)
  }
  const words = wordsOf(identity)
  const mark = wordsOf(record)[0]
  const at = placeOf(of.words, words)
  if (!isAt(of.words, at, words)) {
    add(of, at, words, mark)
    return { times: 1, isDifferent: false }
  }
  const times = (of.repeated.get(identity) ?? 1) + 1
  of.repeated.set(identity, times)
  return { times, isDifferent: of.words[at + 4] !== mark }
}

export function isMet(met: Met, table: string, digest: string): boolean {
  const of = met.get(table)
  if (!of) return false
  const words = wordsOf(digest)
  return isAt(of.words, placeOf(of.words, words), words)
}

type Words = readonly [number, number, number, number]

const bytes = Buffer.alloc(16)

function wordsOf(digest: string): Words {
  bytes.write(digest, 'base64url')
  // a digest of zeros would look like a free place
  return [
    bytes.readUInt32LE(0) || 1,
    bytes.readUInt32LE(4),
    bytes.readUInt32LE(8),
    bytes.readUInt32LE(12),
  ]
}

function add(of: Identities, at: number, words: Words, mark: number): void {
  put(of.words, at, words, mark)
  of.count++
  if (of.count * 2 > of.words.length / WORDS) grow(of)
}

function put(all: Uint32Array, at: number, words: Words, mark: number): void {
  all.set(words, at)
  all[at + 4] = mark
}

/** Where the identity stands, or the free place for it. */
function placeOf(all: Uint32Array, words: Words): number {
  const mask = all.length / WORDS - 1
  let place = words[0] & mask
  while (all[place * WORDS] !== 0 && !isAt(all, place * WORDS, words)) place = (place + 1) & mask
  return place * WORDS
}

const isAt = (all: Uint32Array, at: number, words: Words): boolean =>
  all[at] === words[0] &&
  all[at + 1] === words[1] &&
  all[at + 2] === words[2] &&
  all[at + 3] === words[3]

function grow(of: Identities): void {
  const before = of.words
  of.words = new Uint32Array(before.length * 2)
  for (let at = 0; at < before.length; at += WORDS) {
    const [a = 0, b = 0, c = 0, d = 0, mark = 0] = before.subarray(at, at + WORDS)
    const words: Words = [a, b, c, d]
    if (a !== 0) put(of.words, placeOf(of.words, words), words, mark)
  }
}

/** The identity of the n-th of the same: no other identity is spelled so. */
export const numbered = (identity: string, times: number): string => {
  const escaped = identity.replaceAll('~', '~~')
  return times === 1 ? escaped : `${escaped}~${times}`
}
