import { createPrivateKey, createPublicKey } from 'node:crypto'
import { bech32 } from '@scure/base'
import { deriveBytes } from './derive.ts'
import type { MasterKey } from './master-key.ts'

const PURPOSE = 'fossawork-migrate backup age v1'

/** RFC 8410: what stands before an X25519 private key in PKCS #8. */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** What opens a master key's backups, `AGE-SECRET-KEY-1…`, also with age itself. A secret. */
export const ageIdentity = (key: MasterKey): string =>
  bech32.encodeFromBytes('AGE-SECRET-KEY-', deriveBytes(key, PURPOSE)).toUpperCase()

/** What a master key's backups are encrypted for, `age1…`. Not secret. */
export function ageRecipient(key: MasterKey): string {
  const der = Buffer.concat([PKCS8_X25519, deriveBytes(key, PURPOSE)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return bech32.encodeFromBytes('age', Buffer.from(x, 'base64url'))
}
