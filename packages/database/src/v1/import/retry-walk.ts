import { createHash } from 'node:crypto'
import type { InventoryEntry } from '../directory/inventory.ts'
import type { UserContext } from '../map/file-kind.ts'
import { fit } from '../map/fit.ts'
import { kindOf } from '../map/kinds.ts'
import { mapUsers } from '../map/users.ts'
import type { JsonObject, Mapping, Note } from '../record.ts'
import type { QuarantineRow } from './quarantine.ts'
import { contentOf, mapContent, quarantinedFile } from './read-records.ts'
import type { Step } from './walk.ts'

/** A record in quarantine, opened. */
export interface RetriedRecord extends QuarantineRow {
  readonly value: unknown
}

export interface RetryOptions {
  readonly rows: readonly RetriedRecord[]
  /** The users that V2 has: their e-mails, by id. */
  readonly known: ReadonlyMap<string, string>
  readonly workOrdersOf: (userId: string) => Promise<ReadonlySet<string>>
  readonly onNote: (note: Note) => void
}

/** The records in quarantine as a walk through the files that they came from. */
export async function* retryWalk(options: RetryOptions): AsyncGenerator<Step> {
  const users = new Set<string>([''])
  for (const [file, rows] of Map.groupBy(options.rows, ({ file }) => file)) {
    const fileUser = rows[0]?.file_user ?? null
    const userId = fileUser ?? folderOwner(file, options.known)
    users.add(userId)
    yield { type: 'file', entry: entryOf(file, rows), userId }
    const user = await contextOf(options, userId)
    for (const row of rows) {
      const mappings = mapAgain(row, user, options).map(fit)
      for (const mapping of mappings) {
        if ('row' in mapping && mapping.row.table === 'users') users.add(String(mapping.row.userId))
      }
      yield { type: 'records', mappings }
    }
  }
  for (const userId of users) yield { type: 'user', userId }
}

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

async function contextOf(
  { known, workOrdersOf }: RetryOptions,
  userId: string,
): Promise<UserContext> {
  const workOrders = await workOrdersOf(userId)
  return { userId, email: known.get(userId) ?? null, hasWorkOrder: (id) => workOrders.has(id) }
}

/** What a record comes to now; as before where nothing is there to map it with. */
function mapAgain(row: RetriedRecord, user: UserContext, { onNote }: RetryOptions): Mapping[] {
  const { file, position, value } = row
  if (file === 'users/users.json' && position !== '') return mapUserAgain(row)
  const name = file.split('/')[2]
  const kind = user.userId === '' || name === undefined ? null : kindOf(name)
  if (!kind || value === null) return [asBefore(row)]
  if (position !== '') {
    const inside = position.startsWith('#') ? value : rebuilt(position, value)
    const whole = { file, value: inside, text: '', bytes: 0, sha256: '' }
    const mappings = [...mapContent(whole, kind, user)]
    return mappings.filter((mapping) => mapping.record.position === position)
  }
  const text = String(value)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const about = { file, text, isJson: kind.format === 'json', sha256 }
  const content = contentOf(about, Buffer.byteLength(text), onNote)
  if ('mapping' in content) return [content.mapping]
  return [...mapContent({ ...content, file }, kind, user)]
}

/** An entry that becomes a user now; whose folder it has is for the next import to see. */
function mapUserAgain({ file, position, value }: RetriedRecord): Mapping[] {
  return mapUsers(file, [value]).mappings.map((mapping) => ({
    ...mapping,
    record: { ...mapping.record, position },
  }))
}

/** A file that holds nothing but this record, at its place: a list may be an object by key. */
function rebuilt(position: string, value: unknown): unknown {
  const path = position.slice(1).split('/')
  return path.reduceRight<unknown>(
    (inner, part): JsonObject => ({
      [part.replaceAll('~1', '/').replaceAll('~0', '~')]: inner,
    }),
    value,
  )
}

const asBefore = ({ file, position, value, code, reason }: RetriedRecord): Mapping => ({
  ...quarantinedFile(file, null, { code, message: reason } as never),
  record: { file, position, value },
})
