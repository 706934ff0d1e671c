import { Readable } from 'node:stream'
import { MigrateError } from '../../errors.ts'
import { decryptAge } from './age.ts'
import { type ByteReader, createByteReader } from './byte-reader.ts'
import type { Damage } from './damage.ts'
import { gunzip } from './gunzip.ts'
import {
  foreignKindOf,
  HEAD_BYTES,
  type Layer,
  layerOf,
  type RawKind,
  rawKindOf,
  sqliteSize,
} from './sniff.ts'
import { unzstd } from './unzstd.ts'

export interface UnpackOptions {
  /** Age identities, `AGE-SECRET-KEY-1…`; each is tried. */
  readonly identities: readonly string[]
  /** The most that it may unpack to, in bytes. */
  readonly maxBytes: number
  /** Whether that is what there is room for, rather than what the manifest says. Default false. */
  readonly isRoom?: boolean | undefined
  /** What messages call it. Default `The backup`. */
  readonly name?: string | undefined
}

export interface Unpacked {
  /** Fails with what {@link unpack} throws, where a fault comes later. Read it, or destroy it. */
  readonly raw: Readable
  /** What was around it, the outermost first. */
  readonly layers: readonly Layer[]
  readonly kind: RawKind
}

const MOST_LAYERS = 3

/**
 * Unpacks a stored backup by what it is, whatever it is called: encrypted with age, compressed with zstd or gzip, in
 * any order. Throws BACKUP_ENCRYPTED, and BACKUP_DAMAGED for a fault in any layer, for more bytes than there may be
 * (also by a SQLite database's own header), and for what is no backup at all. What reading `stored` throws comes
 * through as it is, its abortion as INTERRUPTED. A fault ends `stored` too.
 */
export async function unpack(stored: Readable, options: UnpackOptions): Promise<Unpacked> {
  const name = options.name ?? 'The backup'
  const layers: Layer[] = []
  let reader = createByteReader(readStored(stored))
  try {
    let head = await reader.peek(HEAD_BYTES)
    for (let layer = layerOf(head); layer; layer = layerOf(head)) {
      layers.push(layer)
      if (layers.length > MOST_LAYERS) throw damaged(`${name} is packed in too many layers.`)
      reader = createByteReader(unwrap(layer, reader, { ...options, name }))
      head = await reader.peek(HEAD_BYTES)
    }
    const kind = rawKindOf(head)
    if (!kind) throw notABackup(name, head, layers)
    const limits = limitsOf(kind, head, layers, options)
    const raw = Readable.from(limited(reader, limits, name), { objectMode: false })
    // also where nobody read a byte of it
    raw.once('close', () => stored.destroy())
    return { raw, layers, kind }
  } catch (thrown) {
    await reader.close()
    stored.destroy()
    throw thrown
  }
}

/** The bytes of a stream; where it was aborted, INTERRUPTED is thrown. */
export async function* readStored(stored: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stored) yield piece
  } catch (thrown) {
    if ((thrown as Error).name !== 'AbortError') throw thrown
    throw new MigrateError('INTERRUPTED', { cause: thrown })
  }
}

function unwrap(
  layer: Layer,
  reader: ByteReader,
  { identities, name }: UnpackOptions & { name: string },
): AsyncGenerator<Buffer> {
  const damage: Damage = (what, cause) =>
    damaged(`${name} is damaged: in its ${layer} layer, ${what}.`, cause)
  if (layer === 'age') return decryptAge(reader, { identities, name, damage })
  return layer === 'zstd' ? unzstd(reader, damage) : gunzip(reader, damage)
}

const tooLarge = (name: string, room: number, size: number): MigrateError =>
  new MigrateError('DISK_FULL', {
    message: `${name} unpacks to ${size ? `${size} bytes` : `more than ${room} bytes`}, and there is room for ${room}.`,
    hint: 'Make room, or name a folder on a larger disk in TMPDIR for what is only looked at; then run it again.',
  })

const damaged = (message: string, cause?: unknown): MigrateError =>
  new MigrateError('BACKUP_DAMAGED', { message, cause })

function notABackup(name: string, head: Buffer, layers: readonly Layer[]): MigrateError {
  const what = layers.length ? `What is packed in ${name.replace(/^The/, 'the')}` : name
  if (head.length === 0) return damaged(`${what} is empty.`)
  const foreign = foreignKindOf(head)
  if (foreign) {
    const message = `${what} is ${foreign.kind}, which this tool does not read.`
    return new MigrateError('BACKUP_DAMAGED', { message, hint: foreign.wayOut })
  }
  return damaged(
    `${what} is neither a SQLite database nor an archive of pg_dump nor SQL: it begins with ${head.subarray(0, 8).toString('hex')}.`,
  )
}

interface Limits {
  readonly least: number
  readonly most: number
  /** Whether more than that is a fault of the disk. */
  readonly isRoom: boolean
}

function limitsOf(
  kind: RawKind,
  head: Buffer,
  layers: readonly Layer[],
  { maxBytes, isRoom = false }: UnpackOptions,
): Limits {
  // what is not packed takes no more room than it takes already
  const most = layers.length ? maxBytes : Number.POSITIVE_INFINITY
  const size = kind === 'sqlite' ? sqliteSize(head) : null
  if (size === null || (isRoom && size > most)) return { least: size ?? 0, most, isRoom }
  return { least: size, most: layers.length ? Math.min(size, most) : most, isRoom: false }
}

async function* limited(
  reader: ByteReader,
  { least, most, isRoom }: Limits,
  name: string,
): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const piece of reader.rest()) {
      bytes += piece.length
      if (bytes > most && isRoom) throw tooLarge(name, most, least)
      if (bytes > most) {
        throw damaged(`${name} unpacks to more than the ${most} bytes that it may have.`)
      }
      yield piece
    }
    if (bytes < least) {
      throw damaged(`${name} is cut off: it holds ${bytes} of the ${least} bytes of its database.`)
    }
  } finally {
    await reader.close()
  }
}
