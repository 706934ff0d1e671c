import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  addRows,
  element,
  pretty,
  type Rows,
  type V1File,
  whole,
  writeFile,
  writeLink,
} from './file.ts'
import { FILE_QUIRKS, type Quirk } from './file-quirks.ts'
import { tutorialFiles } from './files.ts'
import { type Plan, planTree, type TreeOptions } from './plan.ts'
import { minutesOn, userIdOf } from './shapes.ts'
import { plainUser, type V1User } from './user.ts'
import { USER_QUIRKS } from './user-quirks.ts'

const QUIRKS = { ...FILE_QUIRKS, ...USER_QUIRKS } as const
export type QuirkName = keyof typeof QUIRKS
export const QUIRK_NAMES = Object.keys(QUIRKS) as QuirkName[]

/** What a kind of file was given. */
export interface FileCount {
  readonly files: number
  /** Elements of the lists; a file without one is one record. */
  readonly records: number
  readonly bytes: number
}

/** What a tree holds, and what an import of it into an empty database comes to. */
export interface Made {
  readonly seed: number
  /** Entries of `users.json`, the tutorial's too. */
  readonly entries: number
  /** Folders in `users/`, the tutorial's too, without symbolic links. */
  readonly folders: number
  readonly bytes: number
  /** By the file's name. */
  readonly files: Readonly<Record<string, FileCount>>
  readonly quirks: Readonly<Partial<Record<QuirkName, number>>>
  /** Rows of V2 by table, where every record that can be imported is. */
  readonly rows: Rows
}

/**
 * Writes a V1 directory: the same one for the same options, with flat memory. The folder must not be there yet.
 * Throws a RangeError where the options make no tree.
 */
export function makeTree(folder: string, options: TreeOptions): Made {
  const plan = planTree(options)
  if (plan.quirks === 'all' && plan.users < QUIRK_NAMES.length)
    throw new RangeError(`Every quirk has a user of its own: at least ${QUIRK_NAMES.length} users.`)
  mkdirSync(folder)
  const counts: Record<string, FileCount> = {}
  let rows: Rows = {}
  const write = (below: string, file: V1File): number => {
    const written = writeFile(join(folder, below), file)
    const { files, records, bytes } = counts[file.name] ?? { files: 0, records: 0, bytes: 0 }
    const own = file.items ? written.items : 1
    counts[file.name] = { files: files + 1, records: records + own, bytes: bytes + written.bytes }
    rows = addRows(rows, file.rows(written))
    return own
  }

  write('', settingsFile(plan))
  const entries = write('users', usersFile(plan))
  const quirks: Partial<Record<QuirkName, number>> = {}
  let folders = 1
  for (let number = 0; number < plan.users; number += 1) {
    const quirk = quirkOf(plan, number)
    if (quirk) quirks[quirk.name] = quirk.before + 1
    for (const user of usersOf(plan, number)) {
      rows = addRows(rows, { users: user.users })
      if (user.folder === null) continue
      if (user.folderLink !== null) {
        writeLink(join(folder, 'users'), {
          kind: 'link',
          name: user.folder,
          target: user.folderLink,
        })
        continue
      }
      folders += 1
      const below = join('users', user.folder)
      for (const file of user.files)
        if (file.kind === 'link') writeLink(join(folder, below), file)
        else write(below, file)
    }
  }
  for (const file of tutorialFiles()) write('users/tutorial', file)
  const bytes = Object.values(counts).reduce((sum, count) => sum + count.bytes, 0)
  return { seed: plan.seed, entries, folders, bytes, files: counts, quirks, rows }
}

/** The quirk of a user, and how many before it have the same one: each in turn, from another one on for another seed. */
function quirkOf(
  { quirks, seed }: Plan,
  number: number,
): { name: QuirkName; before: number } | null {
  if (quirks === 'none' || (quirks === 'some' && number % 10 !== 9)) return null
  const turn = quirks === 'some' ? Math.floor(number / 10) : number
  const name = QUIRK_NAMES[(turn + seed) % QUIRK_NAMES.length]
  return name ? { name, before: Math.floor(turn / QUIRK_NAMES.length) } : null
}

/** What V1 has of user `number`: mostly one, and what its quirk adds. */
function usersOf(plan: Plan, number: number): readonly V1User[] {
  const quirk = quirkOf(plan, number)
  const user = plainUser(plan, number, quirk !== null)
  return quirk ? (QUIRKS[quirk.name] as Quirk)(user, plan, quirk.before) : [user]
}

function* allUsers(plan: Plan): Generator<V1User> {
  for (let number = 0; number < plan.users; number += 1) yield* usersOf(plan, number)
}

function usersFile(plan: Plan): V1File {
  const [open, close] = plan.usersForm === 'array' ? (['[', ']'] as const) : (['{', '}'] as const)
  const item = (entry: Readonly<Record<string, unknown>>): string =>
    plan.usersForm === 'array'
      ? element(entry, 1)
      : `\n  ${JSON.stringify(entry.id)}: ${element(entry, 1).trimStart()}`
  return {
    kind: 'text',
    name: 'users.json',
    before: open,
    *items() {
      for (const { entry } of allUsers(plan)) if (entry) yield item(entry)
      yield item(TUTORIAL)
    },
    after: `\n${close}`,
    rows: () => ({}),
  }
}

const TUTORIAL = {
  id: 'tutorial',
  email: 'tutorial@example.com',
  password: 'tutorial',
  label: 'Tutorial',
  lastUsed: minutesOn(0),
  isTutorial: true,
}

/** The active user is one whom nothing is wrong with, if there is one. */
function settingsFile(plan: Plan): V1File {
  for (const { entry, email, folder } of allUsers(plan)) {
    if (!entry || folder !== userIdOf(email)) continue
    const settings = { activeUserId: folder, theme: 'dark', retentionDays: 90 }
    return whole('settings.json', pretty(settings), { global_settings: 3, user_sessions: 1 })
  }
  return whole('settings.json', pretty({ theme: 'dark' }), { global_settings: 1 })
}
