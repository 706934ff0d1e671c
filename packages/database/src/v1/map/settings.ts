import { isObject, type Mapping } from '../record.ts'
import { isNothing, nameOf } from './fields.ts'
import { draft, mapped, say, shapeUnknown } from './mapping.ts'
import { pointer } from './pointer.ts'
import { tooMany } from './too-many.ts'

const ACTIVE = 'activeUserId'

/**
 * V1's `settings.json`: one row of global_settings for each key. `activeUserId` also makes that user's
 * row of user_sessions active, a second record, `#session`; `userOf` gives V2's id for a folder's
 * (an old id, or the e-mail's MD5), undefined where V2 has no such user: then there is a note and no
 * second record.
 */
export function mapSettings(
  file: string,
  value: unknown,
  userOf: (folderId: string) => string | undefined,
): Mapping[] {
  const whole = { file, position: '', value }
  if (!isObject(value)) return [shapeUnknown(whole, 'settings (an object)')]
  const many = tooMany(whole, value)
  if (many) return [many]
  return Object.entries(value).flatMap(([key, setting]) => {
    const row = draft({ file, position: pointer(key), value: setting })
    const values = { setting_key: key, setting_value: setting }
    const made = [mapped(row, { table: 'global_settings', userId: null, identity: key, values })]
    if (key !== ACTIVE || isNothing(setting)) return made
    const userId = userOf(nameOf(setting) ?? '')
    if (userId === undefined) {
      say(row, 'ACTIVE_USER_UNKNOWN', 'The user who was last active is no user of V1 now.')
      return made
    }
    const session = draft({ file, position: '#session', value: setting })
    const active = { user_id: userId, is_active: true }
    const activeRow = { table: 'user_sessions', userId, identity: 'active', values: active }
    return [...made, mapped(session, activeRow)]
  })
}
