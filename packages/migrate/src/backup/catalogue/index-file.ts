import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Dialect } from '../../dialect/port.ts'
import { MigrateError } from '../../errors.ts'
import { errno, sync } from '../../file-system.ts'
import { folderError } from './folder-error.ts'
import type { Manifest } from './manifest.ts'

// The index is documented in docs/formats.md. A change that an older version could misread is a new `format`; how a
// line is checked is the same in every format.

export const INDEX_NAME = 'index.jsonl'
export const INDEX_FORMAT = 1

/** Whose backups: several databases may share a folder. */
export type DatabaseId = Pick<Manifest['database'], 'dialect' | 'identity'>

export const databaseIdOf = ({
  name,
  identity,
}: Pick<Dialect, 'name' | 'identity'>): DatabaseId => ({
  dialect: name,
  identity,
})

const text = v.pipe(v.string(), v.minLength(1))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const common = { format: v.literal(INDEX_FORMAT), at: v.pipe(v.string(), v.isoTimestamp()) }
const backup = {
  ...common,
  id: v.pipe(v.string(), v.uuid()),
  /** Relative to the folder, with slashes; what is deleted is found by it, so it cannot lead elsewhere. */
  path: v.pipe(v.string(), v.regex(/^(daily|weekly|monthly)\/backup_[^/\\]+$/)),
}

const schema = v.variant('op', [
  v.strictObject({
    op: v.literal('added'),
    ...backup,
    bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
    sha256,
    /** SHA-256 of the manifest file beside it. */
    manifestSha256: sha256,
    database: v.strictObject({ dialect: v.picklist(['sqlite', 'postgres']), identity: text }),
  }),
  v.strictObject({ op: v.literal('removing'), ...backup }),
  v.strictObject({ op: v.literal('removed'), ...backup }),
  /** A damaged line was dealt with: `line` is the SHA-256 of its bytes. */
  v.strictObject({ op: v.literal('skipped'), ...common, line: sha256 }),
])

/** One event of the index. */
export type IndexEvent = v.InferOutput<typeof schema>
type Added = Extract<IndexEvent, { op: 'added' }>

/** A backup file that should be there. */
export interface Listed extends Omit<Added, 'op' | 'format'> {
  /** Its removal was begun, and its end is not recorded. */
  readonly removing: boolean
}

export interface BadLine {
  /** From 1. */
  readonly line: number
  readonly sha256: string
  /** Cut short, by a crash or a full disk, rather than altered: it never counted. */
  readonly torn: boolean
}

export interface Index {
  /** By path, in the order in which they were added. */
  readonly listed: ReadonlyMap<string, Listed>
  /** Lines that cannot be read and were not dealt with yet. */
  readonly bad: readonly BadLine[]
  /** False where a line was ever altered, dealt with or not: what it listed may stand in the folder. */
  readonly whole: boolean
  readonly exists: boolean
}

const NO_INDEX: Index = { listed: new Map(), bad: [], whole: true, exists: false }

const hex = (value: string | Buffer): string => createHash('sha256').update(value).digest('hex')

const checkOf = (event: object): string => hex(JSON.stringify(event)).slice(0, 16)

const formatLine = (event: IndexEvent): string =>
  `${JSON.stringify({ ...event, check: checkOf(event) })}\n`

/** Reads what the folder should hold. A missing file is an empty index. Throws BACKUP_NEWER, PERMISSION_DENIED. */
export async function readIndex(folder: string): Promise<Index> {
  const path = join(folder, INDEX_NAME)
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return NO_INDEX
    throw folderError(thrown, folder)
  }
  const listed = new Map<string, Listed>()
  const bad: BadLine[] = []
  const skipped = new Set<string>()
  // latin1 keeps every byte, so that a damaged one can be told from another
  for (const [at, bytes] of content.toString('latin1').split('\n').entries()) {
    if (bytes === '') continue
    const line = Buffer.from(bytes, 'latin1')
    const event = parseLine(line.toString('utf8'), path)
    if (!event) bad.push({ line: at + 1, sha256: hex(line), torn: !bytes.endsWith('}') })
    else if (event.op === 'skipped') skipped.add(event.line)
    else apply(listed, event)
  }
  return {
    listed,
    bad: bad.filter((line) => !skipped.has(line.sha256)),
    whole: bad.every(({ torn }) => torn),
    exists: true,
  }
}

/** Null for a line that is not as it was written. */
function parseLine(line: string, path: string): IndexEvent | null {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  const { check, ...event } = value ?? {}
  if (check !== checkOf(event)) return null
  const parsed = v.safeParse(schema, event)
  if (parsed.success) return parsed.output
  throw new MigrateError('BACKUP_NEWER', {
    message: `The index ${path} has an entry that this version does not know: ${line.slice(0, 200)}`,
    hint: 'Use the version of this tool that wrote it, or a later one.',
  })
}

function apply(listed: Map<string, Listed>, event: Exclude<IndexEvent, { op: 'skipped' }>): void {
  const { path } = event
  const found = listed.get(path)
  if (event.op === 'added') {
    const { op: _, format: __, ...backup } = event
    listed.set(path, { ...backup, removing: false })
  } else if (found?.id === event.id) {
    if (event.op === 'removed') listed.delete(path)
    else listed.set(path, { ...found, removing: true })
  }
}

/** An event before it is stamped with the time and the format. */
export type NewEvent = IndexEvent extends infer E
  ? E extends IndexEvent
    ? Omit<E, 'format' | 'at'>
    : never
  : never

/**
 * Appends one event and brings it to the disk. One write at the end of the file: safe between processes on a local
 * file system. Throws DISK_FULL, PERMISSION_DENIED.
 */
export async function appendIndex(folder: string, event: NewEvent): Promise<void> {
  const whole = { format: INDEX_FORMAT, ...event, at: new Date().toISOString() }
  // a line that no reader would take must never be written
  const line = formatLine(v.parse(schema, whole))
  try {
    await appendLine(join(folder, INDEX_NAME), line, folder)
  } catch (thrown) {
    throw folderError(thrown, folder)
  }
}

async function appendLine(path: string, line: string, folder: string): Promise<void> {
  const handle = await open(path, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    // what a crash cut short is left as it is, on a line of its own
    const whole = Buffer.from(size > 0 && last[0] !== 0x0a ? `\n${line}` : line)
    const { bytesWritten } = await handle.write(whole)
    if (bytesWritten < whole.length) {
      throw Object.assign(new Error('no space left on the device'), { code: 'ENOSPC' })
    }
    await handle.sync()
    if (size === 0) await sync(folder)
  } finally {
    await handle.close()
  }
}
