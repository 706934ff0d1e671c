import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { MigrateError } from '../../errors.ts'

/** Bytes a read: larger ones gain nothing. */
const CHUNK = 1 << 20

export interface HashOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with how many bytes were read since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined
}

/** The SHA-256 of a file, in lower-case hex; memory stays flat. Throws what the file system says, INTERRUPTED. */
export async function hashFile(
  path: string,
  { signal, onBytes }: HashOptions = {},
): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  const handle = await open(path, 'r')
  try {
    for (;;) {
      if (signal?.aborted) throw new MigrateError('INTERRUPTED')
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
      onBytes?.(bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Hashes files, and links of one file only once. */
export function createHasher(options: HashOptions = {}): (path: string) => Promise<string> {
  const known = new Map<string, Promise<string>>()
  return async (path) => {
    const { dev, ino } = await stat(path, { bigint: true })
    const key = `${dev}:${ino}`
    const hash = known.get(key) ?? hashFile(path, options)
    known.set(key, hash)
    return hash
  }
}
