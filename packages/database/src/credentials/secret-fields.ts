import { open, parseSealed, type SealPlace, seal, unreadable } from './cipher.ts'
import { isSecretText, pointerTo } from './find-secrets.ts'
import type { FieldKeys } from './keys.ts'
import { isLabelled, isPushoverUser, isSecretName, isSecretTextName } from './secret-names.ts'

export { isSecretName } from './secret-names.ts'

/** Where a JSON document stands. */
export interface JsonPlace extends SealPlace {
  /** What the document is called, where it has a name: under a secret one, all of it is secret. */
  readonly name?: string | undefined
}

type Change = (value: string | number, pointer: string) => unknown

/**
 * The same JSON with every secret changed: those that `findSecrets` finds in a text. `pointer` says where (RFC 6901).
 * Nothing is changed in place; what holds no secret is shared with the original. `isSecret`: the whole document is one;
 * `name` is what it is called, for what is secret under that name only.
 */
export function mapSecrets(json: unknown, change: Change, isSecret = false, name = ''): unknown {
  const path: (string | number)[] = []

  const visit = (value: unknown, secret: boolean, isText: boolean): unknown => {
    if (typeof value === 'object' && value !== null) {
      return Array.isArray(value)
        ? visitItems(value, secret)
        : visitMembers(value as Record<string, unknown>, secret)
    }
    if (typeof value === 'string' && value !== '') {
      return secret || isText || isSecretText(value) ? change(value, pointerTo(path)) : value
    }
    return secret && typeof value === 'number' ? change(value, pointerTo(path)) : value
  }

  const visitAt = (key: string | number, value: unknown, secret: boolean, isText: boolean) => {
    // most of a document: nothing to see
    if (!secret && !isText && isPlain(value)) return value
    path.push(key)
    const after = visit(value, secret, isText)
    path.pop()
    return after
  }

  const visitItems = (items: readonly unknown[], secret: boolean): unknown => {
    let copy: unknown[] | undefined
    for (let at = 0; at < items.length; at++) {
      const after = visitAt(at, items[at], secret, false)
      if (after === items[at]) continue
      copy ??= [...items]
      copy[at] = after
    }
    return copy ?? items
  }

  const visitMembers = (members: Record<string, unknown>, secret: boolean): unknown => {
    let copy: Record<string, unknown> | undefined
    const labelled = Object.hasOwn(members, 'value') && isLabelled(ownOf(members))
    // three times as fast as Object.keys; JSON inherits nothing that can be enumerated
    for (const key in members) {
      const isOne = secret || isSecretName(key) || (labelled && key === 'value')
      const isText = isSecretTextName(key) || isPushoverUser(key, name, path)
      const after = visitAt(key, members[key], isOne, isText)
      if (after === members[key]) continue
      copy ??= { ...members }
      // an assignment to `__proto__` would not add it
      Object.defineProperty(copy, key, { value: after })
    }
    return copy ?? members
  }

  return visit(json, isSecret, false)
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' ? !isSecretText(value) : typeof value !== 'object'

const ownOf =
  (members: Readonly<Record<string, unknown>>) =>
  (name: string): unknown =>
    Object.hasOwn(members, name) ? members[name] : null

const placeAt = ({ table, column, row }: JsonPlace, pointer: string): SealPlace => ({
  table,
  column: `${column}#${pointer}`,
  row,
})

/**
 * Seals the secrets in JSON that comes from outside, each as its JSON text: a number comes back as a number. What is
 * sealed for this very place stays as it is; whatever else looks sealed is a secret that somebody chose.
 */
export const sealJson = (json: unknown, place: JsonPlace, keys: FieldKeys): unknown =>
  mapSecrets(
    json,
    (secret, pointer) => {
      const at = placeAt(place, pointer)
      if (typeof secret === 'string' && isSealedHere(secret, at, keys)) return secret
      return seal(JSON.stringify(secret), at, keys)
    },
    isSecretName(place.name ?? ''),
    place.name,
  )

function isSealedHere(text: string, place: SealPlace, keys: FieldKeys): boolean {
  try {
    open(text, place, keys)
    return true
  } catch {
    return false
  }
}

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
    place.name,
  )
