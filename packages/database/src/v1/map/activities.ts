import { isObject, type Mapping } from '../record.ts'
import { first, get, isNothing, nameOf, restOf, withRest } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { dateOf, draft, mapped, shapeUnknown } from './mapping.ts'

const TYPES = ['activity', 'activityType', 'type', 'action']
const KNOWN = new Set(['timestamp', 'userId', 'username', 'details'])

/**
 * An entry of `activity_log.json`: one row of user_activities. What has no column of its own (also a
 * timestamp that is none, and the id that V1 had for the user where it is another) stands in the
 * details under `v1`. An entry has no id.
 */
export function mapActivity(item: Item, { userId, email }: UserContext): Mapping[] {
  const record = itemRecord(item)
  const { value } = record
  if (!isObject(value)) return [shapeUnknown(record, 'an activity')]
  const row = draft(record)
  const rest = restOf(value, KNOWN)
  const type = TYPES.find((name) => nameOf(get(value, name)) !== null)
  if (type !== undefined) delete rest[type]
  const timestamp = get(value, 'timestamp')
  const at = dateOf(row, timestamp, '/timestamp')
  if (at === null && !isNothing(timestamp)) rest.timestamp = timestamp
  const told = get(value, 'userId')
  if (!isNothing(told) && told !== userId) rest.userId = told
  const username = first(value, 'username')
  if (username !== undefined && nameOf(username) === null) rest.username = username
  const values = {
    user_id: userId,
    username: nameOf(username) ?? email ?? userId,
    activity_type: nameOf(type === undefined ? null : get(value, type)),
    details: withRest('details', get(value, 'details'), rest),
    created_at: at,
  }
  return [mapped(row, { table: 'user_activities', userId, identity: null, values })]
}
