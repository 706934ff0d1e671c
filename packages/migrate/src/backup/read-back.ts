import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Dialect, Measure } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { measuring, READ_BYTES } from './archive/measure.ts'
import type { Packed } from './archive/pack.ts'
import { unpack } from './archive/unpack.ts'
import type { Phases } from './phases.ts'

export interface ReadBackOptions {
  readonly dialect: Dialect
  /** What was written, as it was measured on its way; null where the file is the raw copy itself. */
  readonly packed: Packed | null
  readonly identities: readonly string[]
  readonly phases: Phases
  readonly signal: AbortSignal
}

/**
 * Reads a stored backup again, unpacked and to its end, as a restore would. Throws BACKUP_FAILED where it is not what
 * was written.
 */
export async function readBack(
  file: string,
  { dialect, packed, identities, phases, signal }: ReadBackOptions,
): Promise<{ readonly stored: Measure; readonly raw: Measure }> {
  const { size } = await stat(file)
  phases.progress('read', 0, size)
  const stored = measuring((bytes) => phases.progress('read', bytes, size))
  const source = createReadStream(file, { highWaterMark: READ_BYTES })
  const reading = pipeline(source, stored.stream, { signal })
  // what reads it may fail first, and is told then
  reading.catch(() => {})
  if (packed === null) {
    await Promise.all([reading, dialect.backup.read(stored.stream, signal)])
    const measure = stored.result()
    return { stored: measure, raw: measure }
  }
  const raw = measuring()
  const unpacked: Readable = (
    await unpack(stored.stream, {
      identities,
      maxBytes: packed.raw.bytes,
      name: `The backup ${file}`,
    })
  ).raw
  await Promise.all([
    reading,
    pipeline(unpacked, raw.stream, { signal }),
    dialect.backup.read(raw.stream, signal),
  ])
  const measures = { stored: stored.result(), raw: raw.result() }
  if (measures.stored.sha256 !== packed.sha256 || measures.raw.sha256 !== packed.raw.sha256) {
    throw new MigrateError('BACKUP_FAILED', {
      message: `The backup was not stored as it was written: ${file} reads differently.`,
      hint: 'Check the disk, then run it again, perhaps with another --backup-dir.',
    })
  }
  return measures
}
