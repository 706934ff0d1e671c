import type { V1File, V1Link } from './file.ts'
import { userFiles } from './files.ts'
import type { Plan } from './plan.ts'
import { minutesOn, SECRET_MARK, userIdOf } from './shapes.ts'

/** A user of V1: what `users.json` says and what the folder holds. */
export interface V1User {
  /** Its number in the tree, from 0 on. */
  readonly number: number
  readonly email: string
  /** Null where `users.json` has none. */
  readonly entry: Readonly<Record<string, unknown>> | null
  /** The folder's name; null where there is none. */
  readonly folder: string | null
  /** Where a symbolic link stands instead of the folder: what it points to. */
  readonly folderLink: string | null
  readonly files: readonly (V1File | V1Link)[]
  /** Users of V2 that its entry makes. */
  readonly users: 0 | 1
}

const FIRST = ['dana', 'Sam', 'lee', 'Núria', 'ola']
const LAST = ['reyes', 'Okafor', 'kim', 'garcia', 'lind']

const named = (names: readonly string[], at: number): string => names[at % names.length] as string

/** User `number` as V1 should have written it. `complete`: with every file that there is. */
export function plainUser(plan: Plan, number: number, complete: boolean): V1User {
  const first = named(FIRST, number)
  const last = named(LAST, Math.floor(number / FIRST.length))
  const email = `${first}.${last}.${number}@example.com`
  const id = userIdOf(email)
  const password = `${SECRET_MARK}-login-${number}`
  const entry = {
    id,
    email,
    password,
    label: `${first} ${last}`,
    lastUsed: minutesOn(number),
    friendlyName: first,
    ...(number % 3 && { configuredEmail: `${last}.${number}@example.org` }),
    ...(number % 2
      ? { preferences: { showAdded: true, notifications: { stores: [`#${number}`] } } }
      : {
          notificationSettings: { enabled: true, pushover: { enabled: true, priority: 'normal' } },
        }),
  }
  const files = userFiles(plan, { number, id, email, complete })
  return { number, email, entry, folder: id, folderLink: null, files, users: 1 }
}
