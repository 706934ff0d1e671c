import { hash, randomBytes } from 'node:crypto'

/** 128 bits of a keyed SHA-256 in base64url: nobody without the key can try what a record may have held. */
export type Digest = (text: string) => string

export const newDigestKey = (): string => randomBytes(32).toString('base64url')

/** Half of the hash is left out, so that nobody can go on from it (length extension). */
export function createDigest(key: string): Digest {
  return (text) => hash('sha256', key + text, 'base64url').slice(0, DIGEST_CHARACTERS)
}

/** 128 bits, rounded up. */
const DIGEST_CHARACTERS = 22

/** Digests of many rows in one, in whatever order they come: how many, and their sum in 128 bits. */
export interface Fold {
  count: number
  sum: bigint
}

export const emptyFold = (): Fold => ({ count: 0, sum: 0n })

export function addTo(fold: Fold, digest: string): void {
  fold.count++
  const bytes = Buffer.from(digest, 'base64url')
  fold.sum = BigInt.asUintN(
    128,
    fold.sum + (bytes.readBigUInt64BE(0) << 64n) + bytes.readBigUInt64BE(8),
  )
}

export const sameFold = (a: Fold, b: Fold): boolean => a.count === b.count && a.sum === b.sum
