import { createSecretKey, type KeyObject } from 'node:crypto'
import { deriveBytes, type KeyRing } from '@fossawork/migrate'

/** What a secret in the database is sealed with. */
export interface FieldKey {
  /** The id of the master key that it is derived from. Not secret. */
  readonly id: string
  /** For AES-256. Does not show itself when it is printed. */
  readonly key: KeyObject
}

/** The field keys of a ring. */
export interface FieldKeys {
  /** Seals; the others open what was sealed before. */
  readonly primary: FieldKey
  byId(id: string): FieldKey | undefined
  /** Where the master keys were found, for messages. */
  readonly from: string
}

const PURPOSE = 'fossawork field v1'

const known = new WeakMap<KeyRing, FieldKeys>()

/** The keys for secrets in the database; derived once a ring. */
export function fieldKeys(ring: KeyRing): FieldKeys {
  const before = known.get(ring)
  if (before) return before
  const [primary, ...others] = ring.keys
  const first = fieldKeyOf(primary)
  const all = new Map([first, ...others.map(fieldKeyOf)].map((key) => [key.id, key]))
  const keys: FieldKeys = { primary: first, byId: (id) => all.get(id), from: ring.from }
  known.set(ring, keys)
  return keys
}

const fieldKeyOf = (key: KeyRing['keys'][number]): FieldKey => ({
  id: key.id,
  key: createSecretKey(deriveBytes(key, PURPOSE)),
})
