import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Content, Measure } from '../../port.ts'
import { inBackground } from './background.ts'
import { chunksOf, type Digested, digest, METHOD, meaningless } from './content.ts'
import { HEADER_BYTES, type Header, readHeader } from './header.ts'
import { type Check, type Inspection, inspect } from './inspect.ts'

export interface Examined {
  readonly problems: readonly string[]
  readonly content: Content
  /** Of the file. */
  readonly read: Measure
}

/** Below it, reading takes less than starting a thread does. */
const SMALL_BYTES = 16 << 20

/**
 * Reads a copy at rest through: what is wrong with it, and what it holds. Both at once, since SQLite's check and the
 * digest each take a processor.
 */
export async function examine(
  file: string,
  check: Check,
  signal: AbortSignal,
  onBytes?: (done: number) => void,
): Promise<Examined> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const inspected = inspectFile(file, check, false, either)
  const digested = digestFile(file, either, onBytes)
  try {
    const [{ problems, rows }, { digest, whole }] = await Promise.all([inspected, digested])
    return { problems, content: { method: METHOD, digest, rows }, read: whole }
  } catch (error) {
    stop.abort()
    // whoever removes the file now finds nobody reading it
    await Promise.allSettled([inspected, digested])
    throw error
  }
}

/** As `inspect`, in a thread of its own where it would take long. */
export async function inspectFile(
  file: string,
  check: Check,
  live: boolean,
  signal: AbortSignal,
): Promise<Inspection> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size < SMALL_BYTES) return inspect(file, check, live)
  return inBackground('inspect', [file, check, live], signal)
}

/** The digest of a copy at rest. */
export const digestOf = async (file: string, signal: AbortSignal): Promise<string> =>
  (await digestFile(file, signal)).digest

async function digestFile(
  file: string,
  signal: AbortSignal,
  onBytes?: (done: number) => void,
): Promise<Digested> {
  const header = await headerOf(file)
  // what is no database is told by its check; here any page size will do
  return digest(chunksOf(file, signal), meaningless(header?.pageSize ?? 4096), onBytes)
}

/** Only for a file that SQLite has not opened in this process: see connection.ts. */
export async function headerOf(file: string): Promise<Header | null> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return readHeader(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}
