import { isObject, type Mapping } from '../record.ts'
import { get, isNothing, jsonOf, nameAt, restOf, withRest } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { type Draft, dateOf, draft, mapped, quarantined, shapeUnknown } from './mapping.ts'

const STARTED = ['startedAt', 'startTime', 'timestamp']
const COMPLETED = ['completedAt', 'endTime']
const COLUMNS = ['batchId', 'batchType', 'workOrders', 'results', 'status']

/**
 * A batch of `batch_history.json`: one row of user_batch_history. A batch without an id goes by when it
 * began, and is the same one when it has gone on; one without a type is of type `batch`. What has no column of its own stands in the results
 * under `v1`.
 */
export function mapBatch(item: Item, { userId }: UserContext): Mapping[] {
  const record = itemRecord(item)
  const { value } = record
  if (!isObject(value)) return [shapeUnknown(record, 'a batch')]
  const id = nameAt(value, 'id', 'batchId', ...STARTED)
  if (id === null) {
    return [quarantined(record, 'ID_MISSING', 'The batch has neither an id nor a time.')]
  }
  const row = draft(record)
  const started = timeOf(row, STARTED)
  const completed = timeOf(row, COMPLETED)
  const known = new Set([...COLUMNS, 'id', 'type', ...started.used, ...completed.used])
  const values = {
    user_id: userId,
    batch_id: id,
    batch_type: nameAt(value, 'batchType', 'type') ?? 'batch',
    work_orders: jsonOf(get(value, 'workOrders')),
    results: withRest('results', get(value, 'results'), restOf(value, known)),
    started_at: started.date,
    completed_at: completed.date,
    status: nameAt(value, 'status'),
  }
  return [mapped(row, { table: 'user_batch_history', userId, identity: id, values })]
}

/** A member that gave no date is not `used`: it stays with the rest. */
function timeOf(row: Draft, names: readonly string[]): { date: Date | null; used: string[] } {
  const name = names.find((name) => !isNothing(get(row.record.value, name)))
  if (name === undefined) return { date: null, used: [] }
  const date = dateOf(row, get(row.record.value, name), `/${name}`)
  return { date, used: date ? [name] : [] }
}
