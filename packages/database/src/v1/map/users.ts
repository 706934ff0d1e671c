import { createHash } from 'node:crypto'
import { isObject, type JsonObject, type Mapping, type SourceRecord } from '../record.ts'
import { entriesOf, get, nameAt } from './fields.ts'
import { fit } from './fit.ts'
import { type Draft, draft, mapped, quarantined, say, shapeUnknown } from './mapping.ts'
import { pointer } from './pointer.ts'
import { tooMany } from './too-many.ts'
import { assignFolders, type Claim, type Folders } from './user-folders.ts'
import { userValues } from './user-row.ts'

/** What `users.json` comes to. */
export interface UserPlan extends Folders {
  /** One for each entry, all fitting their tables; a merged one stands behind the one that counts. */
  readonly mappings: readonly Mapping[]
}

/** An entry that is a user, quarantined or not. */
interface Entry {
  readonly mapping: Mapping
  readonly userId: string
  readonly email: string
  readonly oldId: string | null
  /** Milliseconds since 1970; 0 for never. */
  readonly lastUsed: number
}

const TUTORIAL = 'tutorial'
const EMAIL = /^[^\s\p{Cc}\p{Surrogate}]+@[^\s\p{Cc}\p{Surrogate}]+$/u

/** V2's id of a user: lower-case hex MD5 of the trimmed, lower-cased e-mail. */
export const userIdOf = (email: string): string =>
  createHash('md5').update(email.trim().toLowerCase()).digest('hex')

/**
 * Maps V1's users, an array or an object by id. One row for each e-mail, whatever its case: the entry
 * that was used last of those that fit counts, the first of equals; the others are marked as merged.
 * The demo user (`tutorial`, or one with `isTutorial`) becomes a row of tutorial_data. A user all of
 * whose entries are quarantined is not planned.
 */
export function mapUsers(file: string, value: unknown): UserPlan {
  const whole = { file, position: '', value }
  const many = tooMany(whole, value)
  const entries = many ? null : entriesOf(value)
  if (!entries) {
    const mappings = [many ?? shapeUnknown(whole, 'a list of users')]
    return { mappings, ...assignFolders([], [TUTORIAL]) }
  }
  const users: Entry[] = []
  const tutorialIds = [TUTORIAL]
  const others = entries.flatMap(([key, value]) => {
    const record = { file, position: pointer(key), value }
    if (!isObject(value)) return shapeUnknown(record, 'a user')
    const id = nameAt(value, 'id') ?? (typeof key === 'string' ? key : null)
    if (id === TUTORIAL || get(value, 'isTutorial') === true) {
      tutorialIds.push(id ?? TUTORIAL)
      return mapTutorialUser(record, value, id ?? TUTORIAL)
    }
    const email = nameAt(value, 'email')
    if (email === null || !EMAIL.test(email)) {
      return quarantined(record, 'EMAIL_MISSING', 'The user has no e-mail address.')
    }
    users.push(mapUser(draft(record), value, id, email))
    return []
  })
  const groups = [...Map.groupBy(users, ({ userId }) => userId).values()].map(inOrder)
  return {
    mappings: [...groups.flatMap((group) => group.map(({ mapping }) => mapping)), ...others],
    ...assignFolders(groups.flatMap(claimOf), tutorialIds),
  }
}

function mapTutorialUser(record: SourceRecord, value: JsonObject, id: string): Mapping {
  const { password: _, ...data } = value
  const values = { data_type: 'user', data }
  const identity = `user:${id}`
  return fit(mapped(draft(record), { table: 'tutorial_data', userId: null, identity, values }))
}

function mapUser(row: Draft, value: JsonObject, oldId: string | null, email: string): Entry {
  const userId = userIdOf(email)
  if (oldId !== null && oldId !== userId) {
    const message =
      `V1's id is not the MD5 of the e-mail: the user is ${userId}. ` +
      'Where the e-mail was changed and V2 has a user under the old id, it stays beside this one.'
    say(row, 'USER_ID_REPLACED', message, '/id')
  }
  const values = { id: userId, ...userValues(row, value, email) }
  const mapping = fit(mapped(row, { table: 'users', userId, identity: userId, values }))
  return { mapping, userId, email, oldId, lastUsed: values.last_used?.getTime() ?? 0 }
}

const fits = ({ mapping }: Entry): boolean => 'row' in mapping

/** The entry that counts, those that are merged into it, those that are quarantined. */
function inOrder(group: readonly Entry[]): readonly Entry[] {
  const [winner, ...merged] = group.filter(fits).sort((a, b) => b.lastUsed - a.lastUsed)
  if (!winner) return group
  return [winner, ...merged.map(asMerged), ...group.filter((entry) => !fits(entry))]
}

function asMerged(entry: Entry): Entry {
  const { mapping } = entry
  const told = draft(mapping.record)
  const message = 'Another entry has the same e-mail and was used later: that one counts.'
  say(told, 'USERS_MERGED', message)
  const merged = { ...mapping, notes: [...mapping.notes, ...told.notes], merged: true as const }
  return { ...entry, mapping: merged }
}

function claimOf(group: readonly Entry[]): Claim[] {
  const [first] = group
  if (!first || !fits(first)) return []
  const { userId, email } = first
  return [{ userId, email, oldIds: group.flatMap(({ oldId }) => oldId ?? []) }]
}
