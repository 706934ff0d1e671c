import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { MigrateError } from '@fossawork/migrate'
import type { FieldKey, FieldKeys } from './keys.ts'

/** Where a secret stands: it opens there and nowhere else. Names that stay, whatever the schema calls them one day. */
export interface SealPlace {
  readonly table: string
  /** For a secret inside JSON with its pointer: `settings#/appToken`. */
  readonly column: string
  /** The row's natural key: `<user id>/<service name>`. */
  readonly row: string
}

const FORMAT = 'enc:v1'
const ALGORITHM = 'aes-256-gcm'
/** In bytes. Node takes a tag of four where the length is not given. */
const TAG = { authTagLength: 16 } as const
const NONCE_BYTES = 12

const OURS = /^enc:v1:([0-9a-f]{8}):/
const WHOLE = /^enc:v1:[0-9a-f]{8}:([\w-]{16}):([\w-]*):([\w-]{22})$/

/**
 * Encrypts a secret for its place with the primary key, AES-256-GCM under a random nonce:
 * `enc:v1:<key id>:<nonce>:<ciphertext>:<tag>`, the last three in base64url. Encrypts whatever it is given, what looks
 * sealed too. Lone surrogates become U+FFFD.
 */
export function seal(plain: string, place: SealPlace, { primary }: FieldKeys): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, primary.key, nonce, TAG)
  cipher.setAAD(associated(place, primary))
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  const parts = [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return [FORMAT, primary.id, ...parts].join(':')
}

/**
 * Whether a text is one of ours, and of which key: it begins as {@link seal} writes it. Null: it is plain. What is cut
 * or altered further on is still ours, and {@link open} refuses it.
 */
export function parseSealed(text: string): { readonly keyId: string } | null {
  const keyId = OURS.exec(text)?.[1]
  return keyId === undefined ? null : { keyId }
}

/**
 * What was sealed. Throws CREDENTIAL_UNREADABLE for what was altered, cut or moved here from another place and for what
 * was never sealed, KEY_MISSING where its key is not in the ring. No message repeats any of it.
 */
export function open(text: string, place: SealPlace, keys: FieldKeys): string {
  const sealed = parseSealed(text)
  if (!sealed) throw inClear(place)
  const key = keys.byId(sealed.keyId)
  if (!key) throw keyMissing(sealed.keyId, place, keys)
  const [nonce, body, tag] = (WHOLE.exec(text) ?? []).slice(1).map(decode)
  if (!nonce || !body || !tag) throw unreadable(place)
  const decipher = createDecipheriv(ALGORITHM, key.key, nonce, TAG)
  decipher.setAAD(associated(place, key))
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    throw unreadable(place)
  }
}

/** Null for a spelling of the same bytes that is not ours. */
function decode(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : null
}

/** Each with its length, so that none runs into the next. */
const associated = ({ table, column, row }: SealPlace, { id }: FieldKey): Buffer =>
  Buffer.from(
    [FORMAT, id, table, column, row].map((text) => `${Buffer.byteLength(text)}:${text}`).join(''),
  )

const nameOf = ({ table, column, row }: SealPlace): string =>
  `${table}.${column} of ${JSON.stringify(row)}`

/** For what has the right form and is not what was sealed there. */
export const unreadable = (place: SealPlace): MigrateError =>
  new MigrateError('CREDENTIAL_UNREADABLE', {
    message: `The secret in ${nameOf(place)} does not open: it was altered, cut off or moved there.`,
    hint: 'Enter it again, or restore a backup in which it is sound.',
  })

const inClear = (place: SealPlace): MigrateError =>
  new MigrateError('CREDENTIAL_UNREADABLE', {
    message: `The secret in ${nameOf(place)} is not encrypted.`,
    hint: 'Run `encrypt-credentials`.',
  })

const keyMissing = (id: string, place: SealPlace, { from }: FieldKeys): MigrateError =>
  new MigrateError('KEY_MISSING', {
    message: `The secret in ${nameOf(place)} was sealed with the master key ${id}, which is not in ${from}.`,
    hint: `Add the line of the key ${id} again, below the primary one.`,
  })
