import { randomBytes } from 'node:crypto'
import { bech32 } from '@scure/base'
import { Secret } from '../secret.ts'
import { deriveBytes } from './derive.ts'

/** 32 random bytes that every other key is derived from. */
export interface MasterKey {
  /** Eight hex digits, derived from the key: the two cannot disagree. Not secret. */
  readonly id: string
  /** `migrate-key-1…`. */
  readonly text: Secret
}

const KEY_BYTES = 32
/** Bech32's human-readable part: people and scanners for secrets see what it is; its checksum finds every typo. */
const PREFIX = 'migrate-key-'

export const generateMasterKey = (): MasterKey => masterKeyOf(randomBytes(KEY_BYTES))

/** Says what is wrong with the text where it is no master key, without repeating it. */
export function parseMasterKey(text: string): MasterKey | { readonly problem: string } {
  if (/^AGE-SECRET-KEY-/i.test(text)) return { problem: 'is an age identity, not a master key' }
  if (!text.toLowerCase().startsWith(`${PREFIX}1`)) {
    return { problem: `does not begin with ${PREFIX}1` }
  }
  try {
    const { bytes } = bech32.decodeToBytes(text)
    return bytes.length === KEY_BYTES ? masterKeyOf(bytes) : { problem: 'is not of 32 bytes' }
  } catch {
    // what is thrown would repeat the text
    return { problem: 'has a character that is wrong, missing or too many' }
  }
}

function masterKeyOf(bytes: Uint8Array): MasterKey {
  const text = new Secret(bech32.encodeFromBytes(PREFIX, bytes))
  const id = deriveBytes({ text }, 'fossawork-migrate key id v1', 4).toString('hex')
  return { id, text }
}
