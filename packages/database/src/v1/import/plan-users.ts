import { MigrateError } from '@fossawork/migrate'
import type { Inventory, InventoryEntry } from '../directory/inventory.ts'
import { printable } from '../directory/printable.ts'
import { mapSettings } from '../map/settings.ts'
import type { Folders, PlannedUser } from '../map/user-folders.ts'
import { mapUsers, type UserPlan } from '../map/users.ts'
import type { Mapping } from '../record.ts'
import { readContent } from './read-records.ts'
import type { Source } from './source.ts'

/** Where V1 keeps its users. */
export const USERS = 'users/users.json'

/** In bytes: all users have to be known before the first record. */
const MOST_USERS = 32 * 1024 * 1024

/** Who V1's users are, what their entries come to, and which folder is whose. `known`: V2's e-mails, by id. */
export async function planUsers(
  source: Source,
  entry: InventoryEntry | undefined,
  known: ReadonlyMap<string, string>,
): Promise<UserPlan> {
  const nobody = mapUsers('', [])
  if (entry?.kind !== 'file') return nobody
  const content = await readContent(source, entry, true, MOST_USERS)
  if ('mapping' in content) return { ...nobody, mappings: [content.mapping] }
  return withFreeEmails(mapUsers(entry.path, content.value), known)
}

/** Two users of V2 cannot have one e-mail: V1's stays out, with all that is theirs. */
export function withFreeEmails(plan: UserPlan, known: ReadonlyMap<string, string>): UserPlan {
  const owners = new Map([...known].map(([id, email]) => [email, id]))
  const isTaken = (userId: string, email: unknown): boolean =>
    (owners.get(String(email)) ?? userId) !== userId
  const users = plan.users.filter(({ userId, email }) => !isTaken(userId, email))
  if (users.length === plan.users.length) return plan
  const message = 'V2 has another user of this e-mail.'
  const mappings = plan.mappings.map((mapping): Mapping => {
    if (!('row' in mapping) || mapping.row.table !== 'users') return mapping
    const { record, notes, row } = mapping
    if (!isTaken(String(row.userId), row.values.email)) return mapping
    return { record, notes, quarantine: { code: 'EMAIL_TAKEN', message } }
  })
  const staying = new Set(users.map(({ userId }) => userId))
  const folders = [...plan.owners].filter(([, userId]) => staying.has(userId))
  return { ...plan, users, mappings, owners: new Map(folders) }
}

export async function readSettings(
  source: Source,
  entry: InventoryEntry,
  { owners }: Folders,
): Promise<readonly Mapping[]> {
  const content = await readContent(source, entry, true)
  if ('mapping' in content) return [content.mapping]
  return mapSettings(entry.path, content.value, (id) => owners.get(id))
}

/** Proves, before anything is written, that V1 has these users. Throws IMPORT_USER_UNKNOWN. */
export async function assertUsers(
  inventory: Inventory,
  only: readonly string[],
  { known, signal }: { readonly known: ReadonlyMap<string, string>; readonly signal: AbortSignal },
): Promise<void> {
  const entry = inventory.entries.find(({ path }) => path === USERS)
  const source = { inventory, archived: null, signal, onNote: () => {}, onBytes: () => {} }
  const { users } = await planUsers(source, entry, known)
  selectUsers(users, only, inventory)
}

/** Those that were asked for, by id or e-mail; null: all. Throws IMPORT_USER_UNKNOWN for one that V1 does not have. */
export function selectUsers(
  users: readonly PlannedUser[],
  only: readonly string[] | null,
  { directory }: Inventory,
): readonly PlannedUser[] {
  if (only === null) return users
  const isMeant = ({ userId, folderIds, email }: PlannedUser, name: string): boolean =>
    userId === name || folderIds.includes(name) || email.toLowerCase() === name.toLowerCase()
  const stranger = only.find((name) => !users.some((user) => isMeant(user, name)))
  if (stranger === undefined)
    return users.filter((user) => only.some((name) => isMeant(user, name)))
  throw new MigrateError('IMPORT_USER_UNKNOWN', {
    message: printable(`There is no user ${stranger} in ${directory}/${USERS}.`),
  })
}
