import type { BulkValue } from '@fossawork/migrate'
import { cleanText } from '../map/clean.ts'
import { type Target, targetOf } from '../map/tables.ts'
import type { Mapping, Quarantine } from '../record.ts'
import type { RecordKey } from './books.ts'
import { type Met, meet, numbered } from './met.ts'
import { joined, type RowTexts, storedValue, textsOf } from './row-values.ts'
import type { Tools } from './tools.ts'

/** A record of V1 as it is written: nothing of it has to be computed any more, and nothing in it is in clear. */
export interface Prepared extends RecordKey {
  readonly position: string
  /** Of the record itself. */
  readonly digest: string
  readonly body: PreparedRow | PreparedUser | { readonly kind: 'repeat' } | PreparedQuarantine
  /** About how many bytes it keeps in memory. */
  readonly size: number
}

export interface PreparedRow {
  readonly kind: 'row'
  /** Of the row, as people mean it. */
  readonly digest: string
  /** Of the target's columns, in their order. */
  readonly stored: readonly BulkValue[]
  /** The row's `id` where it is a text; null where the database numbers its rows. */
  readonly id: string | null
  /** Of the last column of the target's key. */
  readonly key: string | null
}

/** A user whose password is still to be hashed. */
export interface PreparedUser {
  readonly kind: 'user'
  /** As JSON gives them again. */
  readonly values: Readonly<Record<string, unknown>>
  /** Of the target's columns; the password's is still to come. */
  readonly texts: RowTexts
  readonly password: string
}

export interface PreparedQuarantine extends Quarantine {
  readonly kind: 'quarantine'
  /** The record's JSON text, sealed; null where it is too large to be kept besides the archive. */
  readonly content: string | null
}

/** Where in V1 a record is, as one text. */
export const placeText = (file: string, position: string): string => `${file}#${position}`

/** Larger ones stay in the archive of the directory only, in characters. */
const LARGEST_QUARANTINED = 8 * 2 ** 20
/** An index of PostgreSQL's takes 2,700 bytes. */
const LONGEST_IDENTITY = 200

interface From {
  readonly path: string
  readonly bytes: number
  /** Whose record it is; '' for nobody's. */
  readonly userId: string
  readonly met: Met
}

/** Tells a record apart from all others, and makes of it what is written. */
export function prepare(mapping: Mapping, from: From, tools: Tools): Prepared {
  const { digest } = tools
  const { value } = mapping.record
  const position = cleanText(mapping.record.position)
  // a file that is too large to be kept is told by its size
  const text = JSON.stringify(value ?? { file: from.path, bytes: from.bytes })
  const about = { position, userId: from.userId, digest: digest(text), size: text.length }
  const short = (identity: string): string =>
    identity.length <= LONGEST_IDENTITY
      ? identity
      : `${identity.slice(0, LONGEST_IDENTITY / 2)}…${digest(identity)}`

  if ('quarantine' in mapping) {
    const key = { userId: from.userId, table: '', identity: short(placeText(from.path, position)) }
    const isKept = value !== null && text.length <= LARGEST_QUARANTINED
    const content = isKept ? tools.sealing.sealContent(key, text) : null
    return { ...about, ...key, body: { kind: 'quarantine', ...mapping.quarantine, content } }
  }
  const { table, values } = mapping.row
  const target = targetOf(table)
  const plain = mapping.row.identity ?? about.digest
  const times = meet(from.met, table, digest(plain))
  const identity = short(numbered(plain, times))
  const at = { ...about, table, identity }
  if (times > 1 && target.repeats === 'merge') return { ...at, body: { kind: 'repeat' } }
  const own =
    times > 1 && target.id === 'text'
      ? { ...values, id: numbered(String(values.id), times) }
      : values
  const password = table === 'users' ? own.password_hash : null
  const texts = textsOf(target, own, tools.dialect)
  if (typeof password !== 'string') return { ...at, body: prepareRow(target, own, texts, tools) }
  return { ...at, body: { kind: 'user', values: own, texts, password } }
}

/** A row as it is stored, and its digest. `texts` have a hash for a password; `values` are needed for what is sealed. */
export function prepareRow(
  target: Target,
  values: Readonly<Record<string, unknown>>,
  texts: RowTexts,
  { dialect, digest, sealing }: Tools,
): PreparedRow {
  const stored = Object.entries(target.columns).map(([name, { kind }], at) => {
    const text = texts[at] ?? null
    const isSealed = text !== null && (kind === 'sealed' || kind === 'json')
    return storedValue(
      isSealed ? sealing.seal(target.name, name, values, text) : text,
      kind,
      dialect,
    )
  })
  const key = target.key === null ? null : values[target.key.at(-1) ?? 'id']
  return {
    kind: 'row',
    digest: digest(joined(target, texts)),
    stored,
    id: target.id === 'text' ? String(values.id) : null,
    key: key === null || key === undefined ? null : String(key),
  }
}
