import { createHash } from 'node:crypto'
import { decodeText } from '../directory/decode-text.ts'
import type { InventoryEntry } from '../directory/inventory.ts'
import type { FileKind, UserContext } from '../map/file-kind.ts'
import { kindOf } from '../map/kinds.ts'
import { pointer } from '../map/pointer.ts'
import { mapUsers } from '../map/users.ts'
import { isObject, type Mapping } from '../record.ts'
import { contextOf, type Hooks } from './hooks.ts'
import { USERS, withFreeEmails } from './plan-users.ts'
import type { QuarantineRow } from './quarantine.ts'
import { contentOf, mapContent } from './read-records.ts'
import { slices } from './stream-records.ts'
import type { Step } from './walk.ts'

/** A record in quarantine, opened. */
export interface RetriedRecord extends QuarantineRow {
  readonly value: unknown
}

export interface RetryOptions extends Hooks {
  readonly rows: readonly RetriedRecord[]
}

/** The records in quarantine as a walk through the files that they came from. */
export async function* retryWalk(options: RetryOptions): AsyncGenerator<Step> {
  const users = new Set<string>([''])
  const files = [...Map.groupBy(options.rows, ({ file }) => file)]
  for (const [file, rows] of files.sort((a, b) => orderOf(a[0]) - orderOf(b[0]))) {
    const isFolder = rows.some(({ code }) => code === 'USER_UNKNOWN')
    const userId = rows[0]?.file_user ?? (isFolder ? folderOwner(file, options.known) : '')
    users.add(userId)
    yield { type: 'file', entry: entryOf(file, rows), userId }
    const user = await contextOf(options, { userId, email: options.known.get(userId) ?? null })
    for (const row of rows) {
      for (const mappings of slices(mapAgain(row, user, options))) {
        for (const mapping of mappings) {
          if ('row' in mapping && mapping.row.table === 'users')
            users.add(String(mapping.row.userId))
        }
        yield { type: 'records', mappings }
      }
    }
  }
  for (const userId of users) yield { type: 'user', userId }
}

/** As an import reads them: users first, work orders before their dispensers. */
const orderOf = (file: string): number =>
  file === USERS ? -1 : (kindOf(file.split('/').at(-1) ?? '')?.order ?? -1)

/** A folder that no entry explained may be a user's whom V2 has by now. */
function folderOwner(file: string, known: ReadonlyMap<string, string>): string {
  const [top, folder = '', name] = file.split('/')
  return top === 'users' && name !== undefined && known.has(folder) ? folder : ''
}

const entryOf = (path: string, rows: readonly QuarantineRow[]): InventoryEntry => ({
  path,
  kind: 'file',
  what: '',
  bytes: rows.reduce((sum, { content }) => sum + (content?.length ?? 0), 0),
  mtimeNs: 0n,
  ino: 0n,
  mode: 0,
})

/** What a record comes to now; as before where nothing is there to map it with. */
function mapAgain(
  row: RetriedRecord,
  user: UserContext,
  { known, onNote }: RetryOptions,
): Mapping[] {
  const { file, position, value } = row
  if (file === USERS && position !== '') return mapUserAgain(row, known)
  const name = file.split('/')[2]
  const kind = user.userId === '' || name === undefined ? null : kindOf(name)
  if (!kind || value === null) return [asBefore(row)]
  if (position !== '') return mapRecordAgain(row, kind, user)
  const decoded = decodeText(bytesOf(value))
  if ('quarantine' in decoded) return [asBefore(row)]
  const { text } = decoded
  const sha256 = createHash('sha256').update(text).digest('hex')
  const about = { file, text, isJson: kind.format === 'json', sha256 }
  const content = contentOf(about, Buffer.byteLength(text), onNote)
  if ('mapping' in content) return [content.mapping]
  return [...mapContent({ ...content, file }, kind, user)]
}

/** A file's content as the quarantine keeps it: its text, or its bytes where they are none. */
const bytesOf = (value: unknown): Buffer =>
  isObject(value) ? Buffer.from(String(value.base64), 'base64') : Buffer.from(String(value))

/** An entry that becomes a user now; whose folder it has is for the next import to see. */
function mapUserAgain(
  { file, position, value }: RetriedRecord,
  known: ReadonlyMap<string, string>,
): Mapping[] {
  return withFreeEmails(mapUsers(file, [value]), known).mappings.map((mapping) => ({
    ...mapping,
    record: { ...mapping.record, position },
  }))
}

/** Through a file that holds nothing but this record, first in its lists. */
function mapRecordAgain(row: RetriedRecord, kind: FileKind, user: UserContext): Mapping[] {
  const { file, position, value } = row
  const isSuffix = position.startsWith('#')
  const path = isSuffix ? [] : position.slice(1).split('/').map(named)
  const isIndex = path.map((part, at) => /^\d+$/.test(part) && path[at - 1] !== 'dispenserData')
  const inside = path.reduceRight<unknown>(
    (inner, part, at) => (isIndex[at] ? [inner] : { [part]: inner }),
    value,
  )
  const place = isSuffix ? position : pointer(...path.map((part, at) => (isIndex[at] ? 0 : part)))
  const whole = { file, value: inside, text: '', bytes: 0, sha256: '' }
  return [...mapContent(whole, kind, user)]
    .filter(({ record }) => record.position === place)
    .map((mapping) => ({ ...mapping, record: { ...mapping.record, position } }))
}

/** A part of a JSON pointer as the name that it stands for. */
const named = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

const asBefore = ({ file, position, value, code, reason }: RetriedRecord): Mapping => ({
  record: { file, position, value },
  notes: [],
  quarantine: { code, message: reason },
})
