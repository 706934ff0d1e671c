import { isObject, type Mapping, type SourceRecord } from '../record.ts'
import { cleanText } from './clean.ts'
import { freeKey, loneKey, type Name, part } from './dispenser-key.ts'
import { entriesOf, first, get, jsonOf, nameAt, nameOf } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { draft, mapped, quarantined, say, shapeUnknown } from './mapping.ts'
import { pointer } from './pointer.ts'
import { tooMany } from './too-many.ts'
import { workOrderId } from './work-orders.ts'

const NUMBER_LENGTH = 20

/**
 * An entry of `dispenser_store.json`: one row of user_dispenser_data, whole, and one of dispensers for
 * each dispenser within it where the work order is there (else a note: the entry's row has them). In
 * the older `dispensers` list every item is one dispenser, which must name its work order.
 */
export function mapDispensers(item: Item, user: UserContext): Mapping[] {
  const record = itemRecord(item)
  const isEntry = item.list === 'dispenserData' || get(item.value, 'dispensers') !== undefined
  return isEntry ? mapEntry(record, item.key, user) : [mapLone(record, user)]
}

function mapEntry(record: SourceRecord, key: string | number, user: UserContext): Mapping[] {
  const { value } = record
  if (!isObject(value) && !Array.isArray(value)) {
    return [shapeUnknown(record, "a work order's dispensers")]
  }
  const order = typeof key === 'string' ? nameOf(key) : orderOf(value)
  if (order === null) {
    return [quarantined(record, 'ID_MISSING', 'The dispensers name no work order.')]
  }
  const entry = draft(record)
  const timestamp = get(value, 'timestamp')
  const row = mapped(entry, {
    table: 'user_dispenser_data',
    userId: user.userId,
    identity: order,
    values: {
      user_id: user.userId,
      work_order_id: order,
      visit_id: nameAt(value, 'visitId'),
      dispenser_data: value,
      meta_data: timestamp === undefined ? null : { timestamp },
    },
  })
  const within = Array.isArray(value) ? '' : '/dispensers'
  const dispensers = Array.isArray(value) ? value : get(value, 'dispensers')
  const many = tooMany(record, dispensers)
  if (many) return [many]
  const list = entriesOf(dispensers)
  if (list?.length === 0 || dispensers === null || dispensers === undefined) return [row]
  if (!user.hasWorkOrder(cleanText(order))) {
    say(entry, 'NO_WORK_ORDER', 'The work order was not imported: its dispensers stay in this row.')
    return [row]
  }
  const at = `${record.position}${within}`
  if (!list) {
    const there = { ...record, position: at, value: dispensers }
    return [row, shapeUnknown(there, 'a list of dispensers')]
  }
  const taken = new Set<string>()
  return [
    row,
    ...list.map(([key, value]) => {
      const there = { ...record, position: at + pointer(key), value }
      return mapDispenser(there, { order, user, keyOf: (name) => freeKey(name, taken) })
    }),
  ]
}

function mapLone(record: SourceRecord, user: UserContext): Mapping {
  if (!isObject(record.value)) return shapeUnknown(record, 'a dispenser')
  const order = orderOf(record.value)
  if (order === null) {
    return quarantined(record, 'ID_MISSING', 'The dispenser names no work order.')
  }
  if (!user.hasWorkOrder(cleanText(order))) {
    const message = 'The work order that the dispenser names was not imported.'
    return quarantined(record, 'WORK_ORDER_UNKNOWN', message)
  }
  return mapDispenser(record, { order, user, keyOf: loneKey(nameAt(record.value, 'id')) })
}

const orderOf = (value: unknown): string | null =>
  nameAt(value, 'workOrderId', 'work_order_id', 'jobId')

interface Place {
  readonly order: string
  readonly user: UserContext
  /** What tells it apart within its work order. */
  readonly keyOf: (name: Name) => string
}

function mapDispenser(record: SourceRecord, { order, user, keyOf }: Place): Mapping {
  const { userId } = user
  const { value } = record
  if (!isObject(value)) return shapeUnknown(record, 'a dispenser')
  const fields = get(value, 'fields')
  const serial = nameAt(value, 'serial', 'serialNumber', 'serial_number')
  const number = numberOf(value) ?? serial
  const name = number ?? nameAt(value, 'title') ?? nameAt(value, 'id')
  if (name === null) {
    const message = 'The dispenser has neither a number nor a serial number nor a title.'
    return quarantined(record, 'ID_MISSING', message)
  }
  const parent = workOrderId(userId, order)
  const key = keyOf({ name, serial: serial === name ? null : serial })
  const id = `${workOrderId(userId, part(order))}/${key}`
  const values = {
    id,
    work_order_id: parent,
    dispenser_number: number ?? name,
    dispenser_type: nameAt(value, 'dispenserType', 'type'),
    fuel_grades: gradesOf(get(fields, 'Grade') ?? first(value, 'fuelTypes', 'fuelGrades')),
    status: nameAt(value, 'status'),
    form_data: value,
    make: nameAt(value, 'make'),
    model: nameAt(value, 'model'),
    serial_number: serial,
    meter_type: nameOf(get(fields, 'Meter Type') ?? get(value, 'meterType')),
    number_of_nozzles: nameOf(
      get(fields, 'Number of Nozzles (per side)') ?? get(value, 'numberOfNozzles'),
    ),
  }
  return mapped(draft(record), { table: 'dispensers', userId, identity: id, values })
}

/** Told by V1 in a field of its own, or before the first ' - ' of the title. */
function numberOf(value: unknown): string | null {
  const told =
    nameOf(get(value, 'fields', 'Dispenser Number')) ??
    nameAt(value, 'dispenserNumber', 'dispenser_number', 'number')
  if (told !== null) return told
  const title = nameAt(value, 'title')?.split(' - ')[0]?.trim()
  // a title of another form is a name and no number
  return title && [...title].length <= NUMBER_LENGTH ? title : null
}

function gradesOf(grades: unknown): unknown {
  if (typeof grades !== 'string') return jsonOf(grades)
  return grades.split(',').flatMap((grade) => nameOf(grade) ?? [])
}
