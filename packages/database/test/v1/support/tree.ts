import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { userIdOf } from '../../../../../bench/v1-tree/shapes.ts'
import { fileText, junk, userFile } from './tree-files.ts'

/** A V1 directory as plain data: the text of each file, or where a symbolic link points, by path with slashes. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>

/** Puts it into a folder, which is made where it is missing. */
export function writeTree(folder: string, tree: Tree): void {
  mkdirSync(folder, { recursive: true })
  for (const [path, content] of Object.entries(tree)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    if (typeof content === 'string') writeFileSync(file, content)
    else symlinkSync(content.link, file)
  }
}

/** Some differ only in case; each has a number, which `users` makes unique. */
const EMAILS = [
  'ana@example.com',
  'ben@example.com',
  'ANA@Example.com',
  ' ben@example.com ',
  'cy.núñez@example.com',
] as const

const OLD_FOLDERS = ['main', '0123456789abcdef0123456789abcdef', '__proto__', '..\\..\\etc', '-rf']

interface User {
  readonly number: number
  readonly entry: Readonly<Record<string, unknown>> | null
  /** The folder's name; null: none. */
  readonly folder: string | null
  readonly isLink: boolean
  readonly files: Readonly<Record<string, string>>
}

/** Mostly the first, for what should seldom be odd. */
const mostly = <T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>, weight = 9) =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: odd, weight: 1 })

const oddEntry = fc.record(
  {
    id: fc.constantFrom<unknown>('main', '../../etc', 'tutorial', 7, null),
    email: fc.constantFrom<unknown>('', null, 'no at sign', `${'x'.repeat(300)}@example.com`),
    password: junk,
    label: junk,
    friendlyName: fc.constant('x'.repeat(101)),
    lastUsed: fc.constantFrom<unknown>('2025-05-07T08:30:00', 'yesterday', '', 1_746_600_000_000),
    notificationSettings: fc.constantFrom<unknown>('{"enabled": true}', '{"enabled": tru', [], 7),
    preferences: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
)

const userOf = (number: number): fc.Arbitrary<User> => {
  const email = EMAILS[number] as string
  const id = userIdOf(email)
  const entry = {
    id,
    email,
    password: `Zq7xSecret-${number}`,
    label: `User ${number}`,
    lastUsed: `2025-05-0${number + 1}T10:00:00.000Z`,
  }
  return fc.record({
    number: fc.constant(number),
    entry: mostly(
      mostly(fc.constant({}), oddEntry, 3).map((odd) => ({ ...entry, ...odd })),
      fc.constant(null),
    ),
    folder: mostly(
      mostly(fc.constant(id), fc.constantFrom(...OLD_FOLDERS), 4),
      fc.constant(null),
      6,
    ),
    isLink: mostly(fc.constant(false), fc.constant(true), 30),
    files: userFile(number, { id, email }),
  })
}

const users = fc
  .uniqueArray(fc.nat({ max: EMAILS.length - 1 }), { maxLength: 4 })
  .chain((numbers) => fc.tuple(...numbers.map(userOf)))

/** The files and links of the users' folders; two users of one folder share it, as V1's would. */
function folders(all: readonly User[]): Tree {
  const links = all.filter(({ folder, isLink }) => folder !== null && isLink)
  const linked = new Set(links.map(({ folder }) => folder))
  return Object.fromEntries([
    ...links.map(({ folder }) => [`users/${folder}`, { link: '../..' }] as const),
    ...all
      .filter(({ folder }) => folder !== null && !linked.has(folder))
      .flatMap(({ folder, files }) =>
        Object.entries(files).map(([name, text]) => [`users/${folder}/${name}`, text] as const),
      ),
  ])
}

const entriesOf = (all: readonly User[]) =>
  all.flatMap(({ entry, number }) => (entry ? [[String(entry.id ?? number), entry] as const] : []))

/** `users.json` in both of its forms. */
const usersJson = (all: readonly User[]): fc.Arbitrary<string> => {
  const entries = entriesOf(all)
  return mostly(
    fc.constant(entries.map(([, entry]) => entry)),
    fc.constant(Object.fromEntries(entries)),
    3,
  ).chain((value) => fileText(fc.constant(value)))
}

const settings = fc
  .record(
    {
      activeUserId: fc.constantFrom(userIdOf(EMAILS[0]), 'main', 'nobody', null),
      theme: fc.constant('dark'),
      other: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: [] },
  )
  .chain((value) => fileText(fc.constant(value)))

/** What stands around the users. */
const rest = fc.record(
  {
    'settings.json': settings,
    'users/tutorial/completed_jobs.json': fileText(fc.constant({ jobs: [{ id: 'TUTORIAL-1' }] })),
    'users/tutorial/schedule_changes.txt': fc.constant('Tutorial schedule changes\n'),
    'users/stray.txt': fc.constant('left here\n'),
    'cache/page.json': fileText(junk),
  },
  { requiredKeys: [] },
)

/**
 * Small V1 trees with everything that real ones hold: at most four users with six work orders each. Shrinks to no
 * users and no files.
 */
export const v1Tree: fc.Arbitrary<Tree> = users.chain((all) =>
  fc
    .record({ usersFile: mostly(usersJson(all), fc.constant(null), 15), others: rest })
    .map(({ usersFile, others }) => ({
      ...others,
      ...(usersFile !== null && { 'users/users.json': usersFile }),
      ...folders(all),
    })),
)
