/** How often each identity of a user has been met, by table. */
export type Met = Map<string, Identities>

/**
 * Which identities were met, by 128 bits of their digests in one flat array: a million of them take 32 MB, where a Set of
 * texts takes 100 and keeps the collector busy. Two identities of one digest do not happen.
 */
export interface Identities {
  /** Words of 32 bits, four an identity; all zero: free. */
  words: Uint32Array
  count: number
  /** How often those were met that were met more than once, by their digests. */
  readonly repeated: Map<string, number>
}

/** A power of two, in identities. */
const FIRST_SIZE = 64

/** Which time it is that this identity is met: 1, 2, … `digest` is of the identity, 128 bits in base64url. */
export function meet(met: Met, table: string, digest: string): number {
  let of = met.get(table)
  if (!of) {
    of = { words: new Uint32Array(FIRST_SIZE * 4), count: 0, repeated: new Map() }
    met.set(table, of)
  }
  if (add(of, wordsOf(digest))) return 1
  const times = (of.repeated.get(digest) ?? 1) + 1
  of.repeated.set(digest, times)
  return times
}

export function isMet(met: Met, table: string, digest: string): boolean {
  const of = met.get(table)
  if (!of) return false
  const words = wordsOf(digest)
  return isAt(of.words, placeOf(of.words, words), words)
}

type Words = readonly [number, number, number, number]

function wordsOf(digest: string): Words {
  const bytes = Buffer.from(digest, 'base64url')
  // a digest of zeros would look like a free place
  return [
    bytes.readUInt32LE(0) || 1,
    bytes.readUInt32LE(4),
    bytes.readUInt32LE(8),
    bytes.readUInt32LE(12),
  ]
}

function add(of: Identities, words: Words): boolean {
  const at = placeOf(of.words, words)
  if (isAt(of.words, at, words)) return false
  of.words.set(words, at)
  of.count++
  if (of.count * 2 > of.words.length / 4) grow(of)
  return true
}

/** Where the identity stands, or the free place for it. */
function placeOf(all: Uint32Array, words: Words): number {
  const mask = all.length / 4 - 1
  let place = words[0] & mask
  while (all[place * 4] !== 0 && !isAt(all, place * 4, words)) place = (place + 1) & mask
  return place * 4
}

const isAt = (all: Uint32Array, at: number, words: Words): boolean =>
  all[at] === words[0] &&
  all[at + 1] === words[1] &&
  all[at + 2] === words[2] &&
  all[at + 3] === words[3]

function grow(of: Identities): void {
  const before = of.words
  of.words = new Uint32Array(before.length * 2)
  for (let at = 0; at < before.length; at += 4) {
    const words = before.subarray(at, at + 4)
    if (words[0] === 0) continue
    of.words.set(words, placeOf(of.words, words as unknown as Words))
  }
}

/** The identity of the n-th of the same: no other identity is spelled so. */
export const numbered = (identity: string, times: number): string => {
  const escaped = identity.replaceAll('~', '~~')
  return times === 1 ? escaped : `${escaped}~${times}`
}
