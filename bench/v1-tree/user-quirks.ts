import { createHash } from 'node:crypto'
import { pretty, type V1File, whole } from './file.ts'
import type { Quirk } from './file-quirks.ts'
import { minutesOn, SECRET_MARK } from './shapes.ts'
import type { V1User } from './user.ts'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

const isFile = (file: V1User['files'][number]): file is V1File => file.kind === 'text'

/** The user with files that come to nothing. */
const quarantined = (user: V1User): V1User => ({
  ...user,
  files: user.files.map((file) => (isFile(file) ? { ...file, rows: () => ({}) } : file)),
})

/** The user under another id. */
const renamed = (user: V1User, id: string): V1User => ({
  ...user,
  entry: { ...user.entry, id },
  folder: id,
})

const FOLDERS = ['..\\..\\etc', '__proto__', '-rf', 'line\nbreak', '...', 'con']

/** Users and folders that do not fit. */
export const USER_QUIRKS = {
  'folder without an entry': (user) => [{ ...quarantined(user), entry: null, users: 0 }],
  'entry without a folder': (user) => [{ ...user, folder: null, files: [] }],
  // very old versions of V1 had one user, `main`
  'other id': (user, _, before) => [
    renamed(user, before ? md5(`an id of its own ${user.number}`) : 'main'),
  ],
  'e-mails that differ in case': (user) => {
    const email = user.email.toUpperCase()
    const id = md5(email)
    const job = `W-${800_000_000 + user.number}`
    const files = [
      whole('completed_jobs.json', pretty({ completedJobs: [job] }), { user_completed_jobs: 1 }),
    ]
    const lastUsed = minutesOn(500_000 + user.number)
    const password = `${SECRET_MARK}-twin-${user.number}`
    const entry = { ...user.entry, id, email, password, lastUsed, friendlyName: 'The later one' }
    return [user, { ...user, email, entry, folder: id, files, users: 0 }]
  },
  'no e-mail': (user) => {
    const entry = {
      id: md5(`nobody ${user.number}`),
      password: `${SECRET_MARK}-nobody`,
      label: '?',
    }
    return [user, { ...user, email: '', entry, folder: null, files: [], users: 0 }]
  },
  'hostile id': (user) => [
    { ...user, entry: { ...user.entry, id: '../../etc' }, folder: null, files: [] },
  ],
  'hostile folder name': (user) => {
    const name = FOLDERS[user.number % FOLDERS.length] as string
    return [{ ...quarantined(user), entry: null, folder: `${name}${user.number}`, users: 0 }]
  },
  'linked folder': (user) => [{ ...user, folderLink: '../../..', files: [] }],
  'settings as broken text': (user) => [
    { ...user, entry: { ...user.entry, notificationSettings: '{"enabled": tru' } },
  ],
} as const satisfies Record<string, Quirk>
