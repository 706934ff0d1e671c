import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Measure } from '../dialect/port.ts'
import { measuring, READ_BYTES } from './archive/measure.ts'

export interface MeasureStoredOptions {
  /** Unpacks what is stored, and destroys it where that fails. */
  readonly open: (stored: Readable) => Promise<Readable>
  /** Reads the raw bytes as well, to their end. */
  readonly consume?: (raw: Readable) => Promise<unknown>
  /** Stored bytes that were read, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** Reads a stored file to its end, and what it unpacks to. Throws what `open` and the reading throw. */
export async function measureStored(
  file: string,
  { open, consume, onProgress = () => {}, signal }: MeasureStoredOptions,
): Promise<{ readonly stored: Measure; readonly raw: Measure }> {
  const { size } = await stat(file)
  onProgress(0, size)
  const stored = measuring((bytes) => onProgress(bytes, size))
  const source = createReadStream(file, { highWaterMark: READ_BYTES })
  const reading = pipeline(source, stored.stream, { signal })
  // what reads it may fail first, and is told then
  reading.catch(() => {})
  const opened = await open(stored.stream)
  const raw = measuring()
  if (!consume) raw.stream.resume()
  await Promise.all([
    reading,
    pipeline(opened, raw.stream, { signal }),
    ...(consume ? [consume(raw.stream)] : []),
  ])
  return { stored: stored.result(), raw: raw.result() }
}
