import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Dialect, Measure } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { measuring, READ_BYTES } from './archive/measure.ts'
import type { Packed } from './archive/pack.ts'
import { unpack } from './archive/unpack.ts'
import { measureStored } from './measure-stored.ts'
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
  if (packed === null) {
    const { size } = await stat(file)
    phases.progress('read', 0, size)
    const stored = measuring((bytes) => phases.progress('read', bytes, size))
    const source = createReadStream(file, { highWaterMark: READ_BYTES })
    await Promise.all([
      pipeline(source, stored.stream, { signal }),
      dialect.backup.read(stored.stream, signal),
    ])
    const measure = stored.result()
    return { stored: measure, raw: measure }
  }
  const measures = await measureStored(file, {
    open: async (stored) => {
      const options = { identities, maxBytes: packed.raw.bytes, name: `The backup ${file}` }
      return (await unpack(stored, options)).raw
    },
    consume: (raw) => dialect.backup.read(raw, signal),
    onProgress: (done, total) => phases.progress('read', done, total),
    signal,
  })
  assertAsWritten(file, measures, packed)
  return measures
}

/** Throws BACKUP_FAILED where what was read of a stored file is not what was written into it. */
export function assertAsWritten(
  file: string,
  { stored, raw }: { readonly stored: Measure; readonly raw: Measure },
  packed: Packed,
): void {
  if (stored.sha256 === packed.sha256 && raw.sha256 === packed.raw.sha256) return
  throw new MigrateError('BACKUP_FAILED', {
    message: `${file} was not stored as it was written: it reads differently.`,
    hint: 'Check the disk, then run it again.',
  })
}
