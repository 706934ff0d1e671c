import { isSealed, open, parseSealed, type SealPlace, seal, unreadable } from './cipher.ts'
import type { FieldKeys } from './keys.ts'

/** Where a JSON document stands. */
export interface JsonPlace extends SealPlace {
  /** What the document is called, where it has a name: under a secret one, all of it is secret. */
  readonly name?: string | undefined
}

/** Cheap, for the many names that are none. */
const MAYBE = /pass|pwd|secret|token|key|authorization/i
const NAMES = new Set(
  `pass pwd passwords passcode secrets apikeys appkey authkey accesskey privatekey secretkey
   smtppass emailpass mailpass authorization`.split(/\s+/),
)
const ENDINGS = /(?:password|passwd|passphrase|secret|token|apikey|userkey)$/

/**
 * Whether what stands under a name in JSON is a secret: `password`, `app_token`, `User-Key` … Whole names and endings
 * only, whatever the case and the separators: `passed`, `tokens` and `keyboard` are none.
 */
export function isSecretName(name: string): boolean {
  const before = told.get(name)
  if (before !== undefined) return before
  const plain = MAYBE.test(name) ? name.toLowerCase().replace(/[^a-z0-9]/g, '') : ''
  const isSecret = NAMES.has(plain) || ENDINGS.test(plain)
  if (told.size < MANY_NAMES) told.set(name, isSecret)
  return isSecret
}

/** Documents of one kind have the same few names; there are some that have ids for names. */
const told = new Map<string, boolean>()
const MANY_NAMES = 2000

/** Whether a JSON text may hold a secret under a secret name: much cheaper than to parse it. An escape may hide a name. */
export const mayHoldSecrets = (json: string): boolean => MAYBE.test(json) || json.includes('\\u')

type Change = (value: string | number, pointer: string) => unknown

/**
 * The same JSON with every secret changed: the strings and numbers under a secret name, and all of them in an object or
 * array there; an empty string is none. `pointer` says where (RFC 6901). Nothing is changed in place; what holds no
 * secret is shared with the original. `isSecret`: the whole document is one.
 */
export function mapSecrets(json: unknown, change: Change, isSecret = false): unknown {
  const path: (string | number)[] = []

  const visit = (value: unknown, secret: boolean): unknown => {
    if (typeof value === 'object' && value !== null) {
      return Array.isArray(value)
        ? visitItems(value, secret)
        : visitMembers(value as Record<string, unknown>, secret)
    }
    const isText = typeof value === 'string' ? value !== '' : typeof value === 'number'
    return secret && isText ? change(value as string | number, pointerTo(path)) : value
  }

  const visitAt = (key: string | number, value: unknown, secret: boolean): unknown => {
    // most of a document: nothing to see
    if (!secret && (typeof value !== 'object' || value === null)) return value
    path.push(key)
    const after = visit(value, secret)
    path.pop()
    return after
  }

  const visitItems = (items: readonly unknown[], secret: boolean): unknown => {
    let copy: unknown[] | undefined
    for (let at = 0; at < items.length; at++) {
      const after = visitAt(at, items[at], secret)
      if (after === items[at]) continue
      copy ??= [...items]
      copy[at] = after
    }
    return copy ?? items
  }

  const visitMembers = (members: Record<string, unknown>, secret: boolean): unknown => {
    let copy: Record<string, unknown> | undefined
    // three times as fast as Object.keys; JSON inherits nothing that can be enumerated
    for (const key in members) {
      const after = visitAt(key, members[key], secret || isSecretName(key))
      if (after === members[key]) continue
      copy ??= { ...members }
      // an assignment to `__proto__` would not add it
      Object.defineProperty(copy, key, { value: after })
    }
    return copy ?? members
  }

  return visit(json, isSecret)
}

const pointerTo = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const placeAt = ({ table, column, row }: JsonPlace, pointer: string): SealPlace => ({
  table,
  column: `${column}#${pointer}`,
  row,
})

type IsSealed = typeof isSealed

/** What is sealed is a secret's JSON text: a number comes back as a number. */
const sealWhereNot =
  (isAlready: IsSealed) =>
  (json: unknown, place: JsonPlace, keys: FieldKeys): unknown =>
    mapSecrets(
      json,
      (secret, pointer) => {
        const at = placeAt(place, pointer)
        if (typeof secret === 'string' && isAlready(secret, at, keys)) return secret
        return seal(JSON.stringify(secret), at, keys)
      },
      isSecretName(place.name ?? ''),
    )

/**
 * Seals the secrets in JSON that comes from outside. What is sealed for this very place stays as it is; whatever else
 * looks sealed is a secret that somebody chose.
 */
export const sealJson = sealWhereNot((...secret) => {
  try {
    return isSealed(...secret)
  } catch {
    return false
  }
})

/**
 * Seals what stands in clear in JSON of the database. Throws CREDENTIAL_UNREADABLE and KEY_MISSING for what is sealed
 * there and does not open.
 */
export const sealStoredJson = sealWhereNot(isSealed)

/**
 * JSON of the database with its secrets opened; those in clear stay as they are. Throws CREDENTIAL_UNREADABLE,
 * KEY_MISSING.
 */
export const openJson = (json: unknown, place: JsonPlace, keys: FieldKeys): unknown =>
  mapSecrets(
    json,
    (secret, pointer) => {
      if (typeof secret !== 'string' || !parseSealed(secret)) return secret
      const at = placeAt(place, pointer)
      const text = open(secret, at, keys)
      try {
        return JSON.parse(text)
      } catch {
        // what is thrown would repeat the text
        throw unreadable(at)
      }
    },
    isSecretName(place.name ?? ''),
  )
