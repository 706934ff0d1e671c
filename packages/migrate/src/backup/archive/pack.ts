import { open, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Compression } from '../../config/define.ts'
import type { Measure } from '../../dialect/port.ts'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'
import { encryptAge } from './age.ts'
import { measuring } from './measure.ts'
import { through } from './through.ts'
import { compressZstd } from './zstd.ts'

/** What happens to a raw copy before it is stored. */
export interface Packing {
  readonly compression: Compression
  /** For whom it is encrypted, `age1…`; null: it is not. */
  readonly recipient: string | null
}

/** What was stored, and what of. */
export interface Packed extends Measure {
  readonly raw: Measure
}

const WRITE_BUFFER = 2 ** 20
const GZIP_CHUNK = 256 * 1024

const EXTENSIONS: Readonly<Record<Compression, string>> = { none: '', zstd: '.zst', gzip: '.gz' }

/** What a raw copy's name becomes: `db` is `db.zst.age`. */
export const packedName = (raw: string, { compression, recipient }: Packing): string =>
  `${raw}${EXTENSIONS[compression]}${recipient === null ? '' : '.age'}`

/** Whether what is stored is not the raw copy itself. */
export const isPacked = ({ compression, recipient }: Packing): boolean =>
  compression !== 'none' || recipient !== null

/**
 * Compresses and encrypts a raw copy into a new file that only this user may read, with a few tens of MB of
 * memory. Not synced. Leaves no file behind when it throws: DISK_FULL, KEY_INVALID, INTERRUPTED, BACKUP_FAILED; what
 * `raw` fails with comes through where it is a MigrateError. `onBytes` gets the raw bytes so far; `failed` says what
 * else went wrong with the file.
 */
export async function packTo(
  raw: Readable,
  file: string,
  packing: Packing,
  signal: AbortSignal,
  onBytes?: (bytes: number) => void,
  failed: (thrown: unknown, file: string) => unknown = writeError,
): Promise<Packed> {
  const [before, after] = [measuring(onBytes), measuring()]
  const explained = (thrown: unknown): unknown => {
    if (signal.aborted) return new MigrateError('INTERRUPTED', { cause: thrown })
    return thrown instanceof MigrateError ? thrown : failed(thrown, file)
  }
  const handle = await open(file, 'wx', 0o600).catch((thrown) => {
    raw.destroy()
    throw explained(thrown)
  })
  try {
    await pipeline(
      raw,
      before.stream,
      (bytes: AsyncIterable<Buffer>) => compress(bytes, packing.compression),
      (bytes: AsyncIterable<Buffer>) => encrypt(bytes, packing.recipient),
      after.stream,
      handle.createWriteStream({ highWaterMark: WRITE_BUFFER }),
      { signal },
    )
    return { ...after.result(), raw: before.result() }
  } catch (thrown) {
    await handle.close().catch(() => {})
    await rm(file, { force: true }).catch(() => {})
    throw explained(thrown)
  }
}

function compress(bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> {
  if (compression === 'none') return bytes
  if (compression === 'zstd') return compressZstd(bytes)
  return through(bytes, createGzip({ chunkSize: GZIP_CHUNK }))
}

const encrypt = (bytes: AsyncIterable<Buffer>, recipient: string | null): AsyncIterable<Buffer> =>
  recipient === null ? bytes : encryptAge(bytes, recipient)

function writeError(thrown: unknown, file: string): MigrateError {
  const code = errno(thrown)
  const { message } = thrown as Error
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MigrateError('DISK_FULL', {
      message: `The disk is full: ${file} could not be written to its end. It was removed.`,
      hint: 'Make room, with `backup --cleanup` perhaps, or name another folder with --backup-dir.',
      cause: thrown,
    })
  }
  return new MigrateError('BACKUP_FAILED', {
    message: `The backup could not be written to ${file}: ${message}.`,
    cause: thrown,
  })
}
