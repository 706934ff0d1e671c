import { isObject, type Mapping } from '../record.ts'
import { first, nameAt, nameOf } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { dateOf, draft, mapped, quarantined, shapeUnknown } from './mapping.ts'

const DATES = ['completionDate', 'completion_date', 'completedDate', 'completedAt']

/** An item of `completed_jobs.json`, a bare id or an object: one row of user_completed_jobs. */
export function mapCompletedJob(item: Item, { userId }: UserContext): Mapping[] {
  const record = itemRecord(item)
  const { value } = record
  const bare = typeof value === 'string' || typeof value === 'number'
  if (!bare && !isObject(value)) return [shapeUnknown(record, 'a completed job or its id')]
  const job = bare ? nameOf(value) : nameAt(value, 'jobId', 'id', 'workOrderId')
  const id = job ?? (typeof item.key === 'string' ? nameOf(item.key) : null)
  if (id === null) return [quarantined(record, 'ID_MISSING', 'The completed job has no id.')]
  const row = draft(record)
  const dated = DATES.find((name) => first(value, name) !== undefined)
  const values = {
    user_id: userId,
    job_id: id,
    // V1's work orders are W- and a number; other ids are those of a job alone
    work_order_id: nameAt(value, 'workOrderId') ?? (/^W-\d+$/.test(id) ? id : null),
    completion_date: dated ? dateOf(row, first(value, dated), `/${dated}`) : null,
    job_data: bare ? null : value,
    removal_reason: nameAt(value, 'removalReason', 'removal_reason', 'reason'),
  }
  return [mapped(row, { table: 'user_completed_jobs', userId, identity: id, values })]
}
