import { isObject, type Mapping, type SourceRecord } from '../record.ts'
import { get, jsonOf, nameAt, textOf } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { dateOf, draft, mapped, quarantined, shapeUnknown } from './mapping.ts'
import { pointer } from './pointer.ts'

/**
 * An entry of `change_history.json`: one row of user_change_history, whole in `after_data`, and one of
 * user_schedule_changes for each of its `changes.allChanges`. An entry without an id goes by its
 * timestamp; one without a type is a change of the `schedule`.
 */
export function mapChange(item: Item, { userId }: UserContext): Mapping[] {
  const record = itemRecord(item)
  const { value } = record
  if (!isObject(value) || typeof item.key === 'string') {
    return [shapeUnknown(record, "an entry of V1's list of changes")]
  }
  const id = nameAt(value, 'id', 'changeId', 'timestamp')
  const at = draft(record)
  const created = dateOf(at, get(value, 'timestamp'), '/timestamp')
  const values = {
    user_id: userId,
    change_id: id,
    entity_type: nameAt(value, 'entityType', 'type') ?? 'schedule',
    entity_id: nameAt(value, 'entityId', 'jobId', 'workOrderId', 'storeId'),
    before_data: jsonOf(get(value, 'before')),
    after_data: value,
    change_reason: nameAt(value, 'changeReason', 'reason'),
    changed_by: nameAt(value, 'changedBy', 'username'),
    created_at: created,
  }
  const row =
    id === null
      ? quarantined(record, 'ID_MISSING', 'The entry has neither an id nor a timestamp.')
      : mapped(at, { table: 'user_change_history', userId, identity: id, values })
  return [row, ...scheduleChanges(record, created, userId)]
}

function scheduleChanges(entry: SourceRecord, detected: Date | null, userId: string): Mapping[] {
  const changes = get(entry.value, 'changes', 'allChanges')
  if (changes === undefined || changes === null) return []
  const position = `${entry.position}/changes/allChanges`
  if (!Array.isArray(changes)) {
    return [shapeUnknown({ ...entry, position, value: changes }, 'a list of changes')]
  }
  return changes.map((value: unknown, key) => {
    const record = { ...entry, position: position + pointer(key), value }
    if (!isObject(value)) return shapeUnknown(record, 'a change')
    const values = {
      user_id: userId,
      change_type: nameAt(value, 'type'),
      change_data: value,
      change_text: textOf(get(value, 'description')),
      detected_at: detected,
    }
    return mapped(draft(record), { table: 'user_schedule_changes', userId, identity: null, values })
  })
}
