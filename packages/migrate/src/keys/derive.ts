import { hkdfSync } from 'node:crypto'
import { bech32 } from '@scure/base'
import type { Secret } from '../secret.ts'

/**
 * A key for one purpose, by HKDF-SHA256: whoever has it knows nothing of the master key, nor of the others. `purpose`
 * ends in a version, `… v1`, and is never used for anything else.
 */
export function deriveBytes(key: { readonly text: Secret }, purpose: string, length = 32): Buffer {
  const { bytes } = bech32.decodeToBytes(key.text.reveal())
  return Buffer.from(hkdfSync('sha256', bytes, '', purpose, length))
}
