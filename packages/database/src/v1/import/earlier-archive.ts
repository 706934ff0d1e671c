import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { listArchives, type Work } from '@fossawork/migrate'

/**
 * Whether the archive that an earlier run made is still what its manifest says, by size and SHA-256. Where it is not,
 * a warning says so.
 */
export async function isIntact(work: Work, file: string): Promise<boolean> {
  const problem = await problemOf(file, work.signal)
  if (problem === null) return true
  work.finding({
    code: 'BACKUP_DAMAGED',
    severity: 'warning',
    message: `The archive of an earlier run ${problem}: ${file}. A new one is made.`,
    fix: 'Keep the new archive; look why the earlier one is no longer what was written.',
  })
  return false
}

async function problemOf(file: string, signal: AbortSignal): Promise<string | null> {
  try {
    const archives = await listArchives(dirname(file))
    const found = archives.find((archive) => resolve(archive.file) === resolve(file))
    if (!found) return 'has no manifest any more'
    const { bytes, sha256 } = found.manifest
    const hash = createHash('sha256')
    let read = 0
    for await (const chunk of createReadStream(file, { signal })) {
      read += chunk.length
      hash.update(chunk)
    }
    return read === bytes && hash.digest('hex') === sha256 ? null : 'is not what its manifest says'
  } catch {
    signal.throwIfAborted()
    return 'cannot be read'
  }
}
