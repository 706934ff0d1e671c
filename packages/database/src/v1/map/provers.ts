import { isObject, type Mapping, type SourceRecord } from '../record.ts'
import { entriesOf, first, get, integerOf, isNothing, jsonOf, nameAt, nameOf } from './fields.ts'
import { type UserContext, type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped, quarantined, say, shapeUnknown } from './mapping.ts'
import { pointer } from './pointer.ts'
import { mapPreferences } from './preferences.ts'
import { tooMany } from './too-many.ts'

const IDS = ['prover_id', 'proverId', 'id', 'serial']
const WORK_WEEK = ['work_week_preference', 'workWeekPreference']

const mapFile = mapPreferences('prover')

/**
 * `prover_preferences.json`: one row of user_preferences with the whole file, and one of
 * prover_settings for each prover in `provers`, in `preferences.provers` or in a bare list; a file that
 * is one prover is told apart as `#prover`. A prover without a work week has the file's. Too many
 * provers are none: the file is quarantined.
 */
export function mapProvers(content: Whole, user: UserContext): Mapping[] {
  const file = wholeRecord(content)
  const { value } = file
  const preferences = get(value, 'preferences')
  const bare = Array.isArray(value) ? value : null
  for (const list of [bare, get(value, 'provers'), get(preferences, 'provers')]) {
    const many = tooMany(file, list)
    if (many) return [many]
  }
  const week = first(value, ...WORK_WEEK) ?? first(preferences, ...WORK_WEEK)
  const provers = proverRecords(file).map((record) => mapProver(record, week, user))
  return [...mapFile(content, user), ...provers]
}

function proverRecords(file: SourceRecord): SourceRecord[] {
  const { value } = file
  if (Array.isArray(value)) return recordsOf(file, '', value)
  const lists = [['provers'], ['preferences', 'provers']]
  const there = lists.filter((path) => !isNothing(get(value, ...path)))
  if (there.length > 0) {
    return there.flatMap((path) => recordsOf(file, pointer(...path), get(value, ...path)))
  }
  const isOne = IDS.some((name) => nameOf(get(value, name)) !== null)
  return isOne ? [{ ...file, position: '#prover' }] : []
}

function recordsOf(file: SourceRecord, at: string, list: unknown): SourceRecord[] {
  const entries = entriesOf(list)
  // what is no list is one record, which is no prover
  if (!entries) return [{ ...file, position: at, value: list }]
  return entries.map(([key, value]) => ({ ...file, position: at + pointer(key), value }))
}

function mapProver(record: SourceRecord, week: unknown, { userId }: UserContext): Mapping {
  const { value } = record
  if (!isObject(value)) return shapeUnknown(record, 'a prover')
  const id = nameAt(value, ...IDS)
  if (id === null) return quarantined(record, 'ID_MISSING', 'The prover has no id and no serial.')
  const row = draft(record)
  const priority = get(value, 'priority')
  const number = integerOf(priority)
  if (number === null && !isNothing(priority)) {
    say(row, 'VALUE_UNREADABLE', 'The priority is no whole number: left empty.', '/priority')
  }
  const values = {
    user_id: userId,
    prover_id: id,
    serial: nameAt(value, 'serial', 'serialNumber', 'serial_number'),
    make: nameAt(value, 'make'),
    preferred_fuel_type: nameAt(value, 'preferred_fuel_type', 'preferredFuelType'),
    preferred_fuel_types: jsonOf(first(value, 'preferred_fuel_types', 'preferredFuelTypes')),
    priority: number,
    full_text: nameAt(value, 'full_text', 'fullText'),
    work_week_preference: jsonOf(first(value, ...WORK_WEEK) ?? week),
  }
  return mapped(row, { table: 'prover_settings', userId, identity: id, values })
}
