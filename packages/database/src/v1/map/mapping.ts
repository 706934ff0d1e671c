import type { Mapping, Note, NoteCode, QuarantineCode, SourceRecord, TargetRow } from '../record.ts'
import { readDate } from './dates.ts'

/** A record whose row is being made, with what is worth saying about it. */
export interface Draft {
  readonly record: SourceRecord
  readonly notes: Note[]
}

export const draft = (record: SourceRecord): Draft => ({ record, notes: [] })

/** `place` is a JSON pointer within the record. */
export function say({ record, notes }: Draft, code: NoteCode, message: string, place = ''): void {
  notes.push({ code, file: record.file, position: record.position + place, message })
}

export function mapped({ record, notes }: Draft, row: TargetRow): Mapping {
  return { record, notes, row }
}

export function quarantined(record: SourceRecord, code: QuarantineCode, message: string): Mapping {
  return { record, notes: [], quarantine: { code, message } }
}

/** `expected` ends the sentence: what V1 writes there. */
export function shapeUnknown(record: SourceRecord, expected: string): Mapping {
  return quarantined(
    record,
    'SHAPE_UNKNOWN',
    `${kindOfValue(record.value)} stands here, not ${expected}.`,
  )
}

/** Says with a note where there is something that is no date; `place` is a pointer within the record. */
export function dateOf(row: Draft, value: unknown, place: string): Date | null {
  const { date, understood } = readDate(value)
  if (!understood) say(row, 'DATE_UNREADABLE', `${shown(value)} is no date: left empty.`, place)
  return date
}

const LIKE_DATE = /^(?:[\d/:.TZ+ -]{1,32}|anytime|none|n\/a|tbd)$/i

/** What looks like a date as it is; of anything else, which may be a secret, only what it is. */
function shown(value: unknown): string {
  const isShort = typeof value === 'string' || typeof value === 'number'
  return isShort && LIKE_DATE.test(String(value)) ? `'${value}'` : kindOfValue(value)
}

export function kindOfValue(value: unknown): string {
  if (value === null || value === undefined) return 'Nothing'
  if (Array.isArray(value)) return 'A list'
  return typeof value === 'object' ? 'An object' : `A ${typeof value}`
}
