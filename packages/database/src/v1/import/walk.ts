import { basename } from 'node:path'
import type { InventoryEntry } from '../directory/inventory.ts'
import type { UserContext } from '../map/file-kind.ts'
import { kindOf } from '../map/kinds.ts'
import { mapTutorialFile } from '../map/tutorial.ts'
import type { PlannedUser } from '../map/user-folders.ts'
import type { UserPlan } from '../map/users.ts'
import type { Mapping, Note } from '../record.ts'
import { contextOf, type Hooks } from './hooks.ts'
import { planUsers, readSettings, selectUsers, USERS } from './plan-users.ts'
import { mapFile, quarantinedFile, readContent } from './read-records.ts'
import type { Source } from './source.ts'
import { slices } from './stream-records.ts'

/** What the walk through a V1 directory comes to, in the order in which it is written. */
export type Step =
  /** The records that follow are of this file; `userId` is '' for what belongs to nobody. */
  | { readonly type: 'file'; readonly entry: InventoryEntry; readonly userId: string }
  | { readonly type: 'records'; readonly mappings: readonly Mapping[] }
  | { readonly type: 'note'; readonly note: Note }
  /** All of the user's records were given. */
  | { readonly type: 'user'; readonly userId: string }

export interface WalkOptions extends Source, Hooks {
  /** Only these users of V1, by id or e-mail; null: all, and what belongs to nobody. */
  readonly only: readonly string[] | null
}

const SETTINGS = 'settings.json'

/** Users come first, since everything refers to them; then each user's files; then what nobody knows. */
export async function* walk(options: WalkOptions): AsyncGenerator<Step> {
  const { inventory, only } = options
  const files = new Map(inventory.entries.map((entry) => [entry.path, entry]))
  const plan = await planUsers(options, files.get(USERS), options.known)
  const users = selectUsers(plan.users, only, inventory)
  options.onUsers(users.length)
  const taken = new Set<InventoryEntry>()
  const take = (entry: InventoryEntry, userId: string): Step => {
    taken.add(entry)
    return { type: 'file', entry, userId }
  }

  const usersFile = files.get(USERS)
  if (usersFile?.kind === 'file') {
    yield take(usersFile, '')
    const wanted = new Set(users.map(({ userId }) => userId))
    const isWanted = (mapping: Mapping): boolean =>
      only === null || ('row' in mapping && wanted.has(mapping.row.userId ?? ''))
    yield* records(plan.mappings.filter(isWanted))
  }
  const settings = files.get(SETTINGS)
  if (settings?.kind === 'file' && only === null) {
    yield take(settings, '')
    yield* records(await readSettings(options, settings, plan))
  }

  const folders = foldersOf(inventory.entries)
  for (const user of users) {
    const own = user.folderIds.filter((id) => folders.has(id))
    if (own.length === 0) yield noFolder(user)
    const context = await contextOf(options, user)
    for (const id of own) yield* walkFolder(options, folders.get(id) ?? [], context, take)
    yield { type: 'user', userId: user.userId }
  }
  if (only === null) yield* walkRest(options, { folders, plan, taken, take })
  yield { type: 'user', userId: '' }
}

/** A folder's entries by its name, for the folders of users. */
function foldersOf(entries: readonly InventoryEntry[]): Map<string, InventoryEntry[]> {
  const folders = new Map<string, InventoryEntry[]>()
  for (const entry of entries) {
    const [top, name, rest] = entry.path.split('/')
    if (top !== 'users' || name === undefined || rest === undefined) continue
    const of = folders.get(name)
    if (of) of.push(entry)
    else folders.set(name, [entry])
  }
  return folders
}

type Take = (entry: InventoryEntry, userId: string) => Step

async function* walkFolder(
  options: WalkOptions,
  entries: readonly InventoryEntry[],
  user: UserContext,
  take: Take,
): AsyncGenerator<Step> {
  const known = entries.flatMap((entry) => {
    const kind = entry.path.split('/').length === 3 ? kindOf(basename(entry.path)) : null
    return entry.kind === 'file' && kind ? [{ entry, kind }] : []
  })
  known.sort((a, b) => a.kind.order - b.kind.order)
  for (const { entry, kind } of known) {
    yield take(entry, user.userId)
    for await (const mappings of mapFile(options, entry, kind, user)) {
      yield { type: 'records', mappings }
    }
  }
}

interface Rest {
  readonly folders: ReadonlyMap<string, readonly InventoryEntry[]>
  readonly plan: UserPlan
  readonly taken: ReadonlySet<InventoryEntry>
  readonly take: Take
}

/** The demo user, folders that no entry explains, links, and files that the mapping does not know. */
async function* walkRest(options: WalkOptions, rest: Rest): AsyncGenerator<Step> {
  const { folders, plan, taken, take } = rest
  const explained = new Set(plan.users.flatMap(({ folderIds }) => folderIds))
  for (const [name, entries] of folders) {
    if (plan.tutorials.has(name)) yield* walkTutorial(options, entries, take)
    else if (!explained.has(name) && options.known.has(name)) {
      const user = await contextOf(options, { userId: name, email: '' })
      yield* walkFolder(options, entries, user, take)
      yield { type: 'user', userId: name }
    } else if (!explained.has(name)) yield* quarantineFolder(options, entries, take)
  }
  for (const entry of options.inventory.entries) {
    if (taken.has(entry)) continue
    if (entry.kind === 'file') yield archiveOnly(entry)
    else {
      yield take(entry, '')
      yield* records([notAFile(entry)])
    }
  }
}

async function* walkTutorial(
  options: WalkOptions,
  entries: readonly InventoryEntry[],
  take: Take,
): AsyncGenerator<Step> {
  for (const entry of entries) {
    if (entry.kind !== 'file' || !/\.(json|txt)$/.test(entry.path)) continue
    yield take(entry, '')
    yield* records(await readTutorial(options, entry))
  }
}

async function readTutorial(source: Source, entry: InventoryEntry): Promise<Mapping[]> {
  const file = entry.path
  const content = await readContent(source, entry, file.endsWith('.json'))
  return 'mapping' in content ? [content.mapping] : mapTutorialFile({ ...content, file })
}

/** Nobody can say whose it is. */
async function* quarantineFolder(
  options: WalkOptions,
  entries: readonly InventoryEntry[],
  take: Take,
): AsyncGenerator<Step> {
  const message = 'No user in users.json has this folder.'
  for (const entry of entries) {
    if (entry.kind !== 'file') continue
    yield take(entry, '')
    const content = await readContent(options, entry, false)
    const kept = 'text' in content ? content.text : content.mapping.record.value
    const mapping = quarantinedFile(entry.path, kept as Parameters<typeof quarantinedFile>[1], {
      code: 'USER_UNKNOWN',
      message,
    })
    yield* records([mapping])
  }
}

function* records(all: readonly Mapping[]): Generator<Step> {
  for (const mappings of slices(all)) yield { type: 'records', mappings }
}

const notAFile = ({ path, kind, what }: InventoryEntry): Mapping =>
  quarantinedFile(path, null, {
    code: 'NOT_A_FILE',
    message: kind === 'link' ? 'It is a symbolic link, which is not followed.' : `It is ${what}.`,
  })

const archiveOnly = ({ path }: InventoryEntry): Step => ({
  type: 'note',
  note: {
    code: 'ARCHIVE_ONLY',
    file: path,
    position: '',
    message: 'The mapping does not know it.',
  },
})

const noFolder = ({ userId }: PlannedUser): Step => ({
  type: 'note',
  note: {
    code: 'NO_FOLDER',
    file: USERS,
    position: '',
    message: `The user ${userId} has no folder.`,
  },
})
