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
