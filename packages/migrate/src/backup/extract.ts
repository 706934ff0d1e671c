import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished, pipeline } from 'node:stream/promises'
import { MigrateError } from '../errors.ts'
import { measuring, READ_BYTES } from './archive/measure.ts'
import { PG_DUMP_WAY_OUT } from './archive/sniff.ts'
import { unpack } from './archive/unpack.ts'
import type { Manifest } from './catalogue/manifest.ts'
import { temporaryName } from './files.ts'

export interface ExtractOptions {
  /** What the file must be; null for one that this tool did not make, or whose manifest is gone. */
  readonly manifest: Manifest | null
  readonly identities: readonly string[]
  /** Where the raw copy goes if the file is packed. */
  readonly folder: string
  /** What there is room for, in bytes; a manifest says better what a file unpacks to. */
  readonly room: number
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

export interface Extracted {
  /** The raw copy: a file of its own, or the stored file where that is the raw copy. */
  readonly raw: string
  /** Removes what was made. */
  dispose(): Promise<void>
}

/**
 * Proves that a stored backup is what its manifest says, and unpacks it where it is packed. Throws BACKUP_NOT_FOUND,
 * BACKUP_DAMAGED, BACKUP_ENCRYPTED, DISK_FULL, INTERRUPTED.
 */
export async function extract(file: string, options: ExtractOptions): Promise<Extracted> {
  const { manifest, identities, folder, signal } = options
  const { size } = await statBackup(file)
  const stored = measuring((bytes) => options.onProgress(bytes, size))
  options.onProgress(0, size)
  const reading = pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), stored.stream, {
    signal,
  })
  // an early end of the other side ends the reading as well; whoever failed first is told below
  reading.catch(() => {})
  const target = join(folder, temporaryName('backup_restore'))
  try {
    const { raw, layers } = await unpack(stored.stream, {
      identities,
      maxBytes: manifest?.raw.bytes ?? options.room,
      isRoom: manifest === null,
      name: `The backup ${file}`,
    })
    if (layers.length === 0) {
      await Promise.all([reading, finished(raw.resume())])
    } else {
      await pipeline(raw, createWriteStream(target, { flags: 'wx', mode: 0o600 }), { signal })
      await reading
    }
    if (manifest) assertSame(file, stored.result(), manifest)
    return {
      raw: layers.length === 0 ? file : target,
      dispose: () => rm(target, { force: true }),
    }
  } catch (thrown) {
    await rm(target, { force: true }).catch(() => {})
    throw explained(thrown, file, signal)
  }
}

/** Reads a stored backup to its end and compares it with its manifest. Throws as {@link extract}. */
export async function proveStored(
  file: string,
  manifest: Manifest,
  { onProgress, signal }: Pick<ExtractOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const { size } = await statBackup(file)
  const stored = measuring((bytes) => onProgress(bytes, size))
  stored.stream.resume()
  try {
    await pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), stored.stream, { signal })
  } catch (thrown) {
    throw explained(thrown, file, signal)
  }
  assertSame(file, stored.result(), manifest)
}

async function statBackup(file: string): Promise<{ size: number }> {
  const found = await stat(file).catch((cause) => {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `The backup ${file} cannot be read: ${cause.message}.`,
      cause,
    })
  })
  if (!found.isFile()) {
    const isDump = existsSync(join(file, 'toc.dat'))
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `${file} is ${isDump ? 'a dump of pg_dump in its directory format' : 'no file'}.`,
      ...(isDump && { hint: PG_DUMP_WAY_OUT }),
    })
  }
  if (found.size === 0) {
    throw new MigrateError('BACKUP_DAMAGED', { message: `The backup ${file} is empty.` })
  }
  return found
}

function assertSame(
  file: string,
  found: { bytes: number; sha256: string },
  { bytes, sha256 }: Manifest,
): void {
  if (found.bytes === bytes && found.sha256 === sha256) return
  const how =
    found.bytes === bytes
      ? 'its SHA-256 is not the one in its manifest'
      : `it has ${found.bytes} bytes where its manifest says ${bytes}`
  throw new MigrateError('BACKUP_DAMAGED', { message: `The backup ${file} is damaged: ${how}.` })
}

function explained(thrown: unknown, file: string, { aborted }: AbortSignal): unknown {
  if (thrown instanceof MigrateError) return thrown
  if (aborted) return new MigrateError('INTERRUPTED', { cause: thrown })
  const { code, message } = thrown as NodeJS.ErrnoException
  return new MigrateError(code === 'ENOSPC' ? 'DISK_FULL' : 'RESTORE_FAILED', {
    message: `The backup ${file} could not be unpacked: ${message}. The database is as it was.`,
    cause: thrown,
  })
}
