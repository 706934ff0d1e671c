import { isObject, type Mapping, type SourceRecord } from '../record.ts'
import { quarantined } from './mapping.ts'

/**
 * Entries of a list that is mapped at once, all of which wait in memory until the last is made: 1,000,000 in a file of 8
 * MB took 27 s and 1.1 GB. V1 has a dozen provers of a user, dispensers of a work order and settings, and some thousand
 * users.
 */
const MOST_ENTRIES = 50_000

/** The record as a whole, quarantined as SHAPE_UNKNOWN, where the list in it has too many entries; else null. */
export function tooMany(record: SourceRecord, list: unknown): Mapping | null {
  const count = Array.isArray(list) ? list.length : isObject(list) ? Object.keys(list).length : 0
  if (count <= MOST_ENTRIES) return null
  const limit = MOST_ENTRIES.toLocaleString('en')
  const message = `A list has ${count.toLocaleString('en')} entries, where ${limit} are the limit.`
  return quarantined(record, 'SHAPE_UNKNOWN', message)
}
