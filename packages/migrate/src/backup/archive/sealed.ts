import type { Readable } from 'node:stream'
import type { KeyRing } from '../../keys/ring.ts'
import type { Archive, ArchiveManifest } from './archive-manifest.ts'
import type { ArchiveRequest } from './archive-request.ts'

// What does the work is loaded when it is called: most who import the package never archive anything.

/**
 * Packs raw bytes, zstd then age, into `folder/name.zst.age` with a manifest beside it, after all of it was read again
 * and compared. Whatever fails, nothing of it stays. Throws DISK_FULL, PERMISSION_DENIED, BACKUP_FAILED, INTERRUPTED.
 */
export const writeArchive = async (request: ArchiveRequest): Promise<ArchiveManifest> =>
  (await import('./write-archive.ts')).writeArchive(request)

/**
 * The raw bytes of an archive; read them, or destroy them. Throws BACKUP_NOT_FOUND, BACKUP_ENCRYPTED where none of the
 * keys opens it, BACKUP_DAMAGED; where a fault comes later, or the whole is not what a manifest beside it says, the
 * stream fails with BACKUP_DAMAGED. INTERRUPTED where the signal is aborted.
 */
export const readArchive = async (
  file: string,
  keys: KeyRing,
  signal: AbortSignal,
): Promise<Readable> => (await import('./read-archive.ts')).readArchive(file, keys, signal)

/**
 * The archives in a folder, newest first, by their manifests; a missing folder has none. Reads no archive. Throws
 * BACKUP_DAMAGED and BACKUP_NEWER for a manifest that is none of ours, PERMISSION_DENIED, BACKUP_FAILED for a path that
 * is no folder.
 */
export const listArchives = async (folder: string): Promise<readonly Archive[]> =>
  (await import('./archives.ts')).listArchives(folder)
