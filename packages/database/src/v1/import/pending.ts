import { cleanText } from '../map/clean.ts'
import type { Target } from '../map/tables.ts'
import { targetOf } from '../map/tables.ts'
import type { Mapping, Quarantine } from '../record.ts'
import type { RecordKey } from './books.ts'
import type { Digest } from './digest.ts'
import { type Ledger, meet, numbered, type OpenFile } from './ledger.ts'

/** A record of V1 that waits to be written with others. */
export interface Pending extends RecordKey {
  readonly file: OpenFile
  readonly position: string
  /** Of the record itself. */
  readonly digest: string
  readonly body: PendingRow | PendingRepeat | PendingQuarantine
  /** About how many bytes it keeps in memory. */
  readonly size: number
}

export interface PendingRow {
  readonly kind: 'row'
  readonly target: Target
  readonly values: Readonly<Record<string, unknown>>
}

/** The same thing was there before. */
export interface PendingRepeat {
  readonly kind: 'repeat'
}

export interface PendingQuarantine extends Quarantine {
  readonly kind: 'quarantine'
  /** The record as JSON text; null where it is too large to be kept besides the archive. */
  readonly content: string | null
}

/** Where in V1 a record is, as one text. */
export const placeText = (file: string, position: string): string => `${file}#${position}`

/** Larger ones stay in the archive of the directory only, in characters. */
const LARGEST_QUARANTINED = 8 * 2 ** 20
/** An index of PostgreSQL's takes 2,700 bytes. */
const LONGEST_IDENTITY = 200

/** Tells a record apart from all others, and whether it was met before. */
export function pendingOf(
  mapping: Mapping,
  { file, ledger, digest }: { file: OpenFile; ledger: Ledger; digest: Digest },
): Pending {
  const { value } = mapping.record
  const position = cleanText(mapping.record.position)
  // a file that is too large to be kept is told by its size
  const text = JSON.stringify(value ?? { file: file.path, bytes: file.bytes })
  const about = { file, position, userId: ledger.userId, digest: digest(text), size: text.length }
  const short = (identity: string): string =>
    identity.length <= LONGEST_IDENTITY
      ? identity
      : `${identity.slice(0, LONGEST_IDENTITY / 2)}…${digest(identity)}`

  if ('quarantine' in mapping) {
    const isKept = value !== null && text.length <= LARGEST_QUARANTINED
    const content = isKept ? text : null
    const identity = short(placeText(file.path, position))
    return {
      ...about,
      table: '',
      identity,
      body: { kind: 'quarantine', ...mapping.quarantine, content },
    }
  }
  const { table, values } = mapping.row
  const target = targetOf(table)
  const plain = mapping.row.identity ?? about.digest
  const times = meet(ledger, table, plain)
  const identity = short(numbered(plain, times))
  if (times === 1) return { ...about, table, identity, body: { kind: 'row', target, values } }
  if (target.repeats === 'merge') return { ...about, table, identity, body: { kind: 'repeat' } }
  const own = target.id === 'text' ? { ...values, id: numbered(String(values.id), times) } : values
  return { ...about, table, identity, body: { kind: 'row', target, values: own } }
}
