import { isObject, type Mapping } from '../record.ts'
import { type UserContext, type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped, shapeUnknown } from './mapping.ts'

export type Category = 'email' | 'pushover' | 'notification' | 'work_week' | 'prover'

/** A file of settings: one row of user_preferences, as it is; the import seals the secrets in it. */
export function mapPreferences(
  category: Category,
): (content: Whole, user: UserContext) => Mapping[] {
  return (content, { userId }) => {
    const record = wholeRecord(content)
    const { value } = record
    if (!isObject(value) && !Array.isArray(value)) {
      return [shapeUnknown(record, 'settings (an object or a list)')]
    }
    const values = { user_id: userId, category, settings: value }
    const row = { table: 'user_preferences', userId, identity: category, values }
    return [mapped(draft(record), row)]
  }
}
