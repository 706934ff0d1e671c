import { isObject, type Mapping } from '../record.ts'
import { get, nameAt, textOf } from './fields.ts'
import { type UserContext, type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped, quarantined, shapeUnknown } from './mapping.ts'

const SERVICE = 'work_fossa'

/** `work_fossa_credentials.json`: one row of user_credentials, in clear; the import seals it. */
export function mapCredentials(content: Whole, { userId }: UserContext): Mapping[] {
  const record = wholeRecord(content)
  const { value } = record
  if (!isObject(value)) return [shapeUnknown(record, 'a user name and a password')]
  const username = nameAt(value, 'username', 'email')
  const password = textOf(get(value, 'password'))
  const missing = [...(username ? [] : ['user name']), ...(password ? [] : ['password'])]
  if (missing.length > 0) {
    return [
      quarantined(record, 'VALUE_MISSING', `The credentials have no ${missing.join(' and no ')}.`),
    ]
  }
  const values = {
    user_id: userId,
    service_name: SERVICE,
    encrypted_username: username,
    encrypted_password: password,
    is_active: true,
  }
  return [mapped(draft(record), { table: 'user_credentials', userId, identity: SERVICE, values })]
}
