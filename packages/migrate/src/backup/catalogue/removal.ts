import { rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { errno, sync } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { unlessFull } from './folder-error.ts'
import { hashFile } from './hash-file.ts'
import { appendIndex, type Listed } from './index-file.ts'
import { manifestName } from './manifest.ts'

export interface Removal {
  /** What it freed: 0 while the same file stands elsewhere under another name. */
  readonly bytes: number
  /** Why it was not removed. */
  readonly finding?: Finding
}

/**
 * Removes a listed file and its manifest: a line that says so, the file, the manifest, a line that it is done. A
 * process that is killed in between leaves what `mendCatalogue` ends. A file whose bytes are not those that are listed
 * is left alone; with `hash` null it goes, whatever it holds. Throws PERMISSION_DENIED and BACKUP_FAILED where the index cannot be written.
 */
export async function removeListed(
  folder: string,
  listed: Listed,
  hash: ((file: string) => Promise<string>) | null = hashFile,
): Promise<Removal> {
  const { id, path } = listed
  const file = join(folder, path)
  let found: Awaited<ReturnType<typeof look>>
  try {
    found = await look(file)
    const isSame = async (size: number): Promise<boolean> =>
      hash === null || (size === listed.bytes && (await hash(file)) === listed.sha256)
    if (found && !(await isSame(found.size))) {
      return { bytes: 0, finding: notItself(path, file) }
    }
  } catch (error) {
    if (error instanceof MigrateError) throw error
    return { bytes: 0, finding: notRemoved(path, file, error) }
  }
  // on a full disk it is removed without being announced
  if (!listed.removing) await unlessFull(appendIndex(folder, { op: 'removing', id, path }))
  try {
    if (found) await unlink(file)
    await rm(manifestName(file), { force: true })
    if (found) await sync(dirname(file))
  } catch (error) {
    // it still stands, so it still counts
    if (found && (await look(file))) await relist(folder, listed)
    return { bytes: 0, finding: notRemoved(path, file, error) }
  }
  await appendIndex(folder, { op: 'removed', id, path })
  return { bytes: found?.nlink === 1 ? found.size : 0 }
}

const look = (file: string) =>
  stat(file).catch((error) => {
    if (errno(error) === 'ENOENT') return null
    throw error
  })

const relist = (folder: string, listed: Listed): Promise<void> => {
  const { id, path, bytes, sha256, manifestSha256, database } = listed
  return appendIndex(folder, { op: 'added', id, path, bytes, sha256, manifestSha256, database })
}

const notItself = (path: string, file: string): Finding => ({
  code: 'REMOVAL_FAILED',
  severity: 'warning',
  message: `The backup ${path} was not removed: it has not the contents that the index lists.`,
  at: { file },
  fix: '`backup --verify` says what it is; delete it by hand if nobody needs it.',
})

const notRemoved = (path: string, file: string, error: unknown): Finding => ({
  code: 'REMOVAL_FAILED',
  severity: 'warning',
  message: `The backup ${path} could not be removed: ${(error as Error).message}.`,
  at: { file },
  fix: "Give this user the right to write to the file's folder; the next cleanup tries again.",
})
