import { cleanText } from '../map/clean.ts'
import { columnsOf } from '../map/columns.ts'
import { type Target, targetOf } from '../map/tables.ts'
import type { Mapping, Quarantine } from '../record.ts'
import type { RecordKey } from './books.ts'
import { type Met, meet, numbered } from './met.ts'
import { joined, type RowTexts, textOf } from './row-values.ts'
import type { Tools } from './tools.ts'

/** A record of V1 as it is written: sealed, but for a password that is still to be hashed. */
export interface Prepared extends RecordKey {
  readonly position: string
  /** Of the record itself. */
  readonly digest: string
  readonly body: PreparedRow | PreparedUser | PreparedRepeat | PreparedQuarantine
  /** About how many bytes it keeps in memory. */
  readonly size: number
}

export interface PreparedRow {
  readonly kind: 'row'
  /** Of the row, as people mean it. */
  readonly digest: string
  /** What is stored, of the target's columns in their order. */
  readonly texts: RowTexts
  /** The row's `id` where it is a text; null where the database numbers its rows. */
  readonly id: string | null
  /** Of the last column of the target's key. */
  readonly key: string | null
}

/** A user whose password is still to be hashed. */
export interface PreparedUser {
  readonly kind: 'user'
  readonly values: Readonly<Record<string, unknown>>
  readonly password: string
}

/** The same thing was there before. */
export interface PreparedRepeat {
  readonly kind: 'repeat'
  /** Sealed, where it is not the very same: nothing else has it. */
  readonly content: string | null
  readonly isDifferent: boolean
}

export interface PreparedQuarantine extends Quarantine {
  readonly kind: 'quarantine'
  /** The record's JSON text, sealed; null where it is too large to be kept besides the archive. */
  readonly content: string | null
}

/** Larger ones stay in the archive of the directory only, in characters. */
const LARGEST_KEPT = 8 * 2 ** 20
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
      : `${identity.slice(0, LONGEST_IDENTITY / 2)}…${digest(identity)}`.toWellFormed()

  if ('quarantine' in mapping) {
    const key = { userId: from.userId, table: '', identity: quarantineIdentity(from, about, tools) }
    const content = value === null ? null : kept(text, key, tools)
    return { ...about, ...key, body: { kind: 'quarantine', ...mapping.quarantine, content } }
  }
  const { table, values } = mapping.row
  const target = targetOf(table)
  const own = mapping.row.identity
  const plain = own ?? about.digest
  const met = own === null ? about.digest : digest(own)
  const { times, isDifferent } = meet(from.met, table, met, about.digest)
  const identity = short(numbered(plain, times))
  const at = { ...about, table, identity }
  if (times > 1 && target.repeats === 'merge') {
    const content = isDifferent ? kept(text, at, tools) : null
    return { ...at, body: { kind: 'repeat', isDifferent, content } }
  }
  const unique =
    times > 1 && target.id === 'text'
      ? { ...values, id: numbered(String(values.id), times) }
      : values
  const password = table === 'users' ? unique.password_hash : null
  if (typeof password === 'string') {
    return { ...at, body: { kind: 'user', values: unique, password } }
  }
  return { ...at, body: prepareRow(target, unique, tools, { value, text }) }
}

/** A record as the books keep it; null where it is too large for them. */
const kept = (text: string, key: RecordKey, { sealing }: Tools): string | null =>
  text.length <= LARGEST_KEPT ? sealing.sealContent(key, text) : null

/** A file by its path; a record by what it is, since lists shift, and the n-th of the same. */
function quarantineIdentity(
  { path, met }: From,
  { position, digest }: Pick<Prepared, 'position' | 'digest'>,
  tools: Tools,
): string {
  const place = `${path.length <= LONGEST_IDENTITY ? path : tools.digest(path)}#`
  if (position === '') return place
  const { times } = meet(met, `quarantine\n${path}`, digest, digest)
  return `${place}${numbered(digest, times)}`
}

/** A JSON text that was made already. */
interface Told {
  readonly value: unknown
  readonly text: string
}

/** A row as it is stored, and its digest. `values` have a hash for a password; `told` is the record's. */
export function prepareRow(
  target: Target,
  values: Readonly<Record<string, unknown>>,
  { dialect, digest, sealing }: Tools,
  told?: Told,
): PreparedRow {
  const meant: (string | null)[] = []
  const texts = columnsOf(target).map(([name, { kind }]) => {
    const value = values[name]
    // many a row keeps its record whole
    const isTold = value === told?.value && value != null && kind === 'json' && dialect === 'sqlite'
    const text = told && isTold ? told.text : textOf(value, kind, dialect)
    meant.push(text)
    const isSealed = text !== null && (kind === 'sealed' || kind === 'json')
    return isSealed ? sealing.seal(target.name, name, values, text) : text
  })
  const key = target.key === null ? null : values[target.key.at(-1) ?? 'id']
  return {
    kind: 'row',
    digest: digest(joined(target, meant)),
    texts,
    id: target.id === 'text' ? String(values.id) : null,
    key: key === null || key === undefined ? null : String(key),
  }
}
