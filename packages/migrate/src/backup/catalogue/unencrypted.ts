import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { errno } from '../../file-system.ts'
import { AGE_MAGIC } from '../archive/age.ts'
import { entriesOf, isOf, readCatalogue } from './catalogue.ts'
import { folderError } from './folder-error.ts'
import type { DatabaseId } from './index-file.ts'
import { type Manifest, TIERS, type Tier } from './manifest.ts'
import { findStray, findUnlisted } from './unlisted.ts'

/** A backup that whoever has its file can read. */
export interface UnencryptedBackup {
  /** The first of its files, an absolute path. */
  readonly file: string
  /** Empty for one that stands in no tier of its own. */
  readonly tiers: readonly Tier[]
  /** Null where it is damaged, or its manifest is or is not there: it can be read all the same, at least in part. */
  readonly manifest: Manifest | null
}

/**
 * The backups of one database that stand unencrypted in a folder, newest first; those that are damaged, those that no
 * index lists, and those that nothing tells whose they are come last. Writes nothing. Throws BACKUP_NEWER, PERMISSION_DENIED.
 */
export async function findUnencrypted(
  folder: string,
  database: DatabaseId,
): Promise<UnencryptedBackup[]> {
  const catalogue = await readCatalogue(folder)
  const found: UnencryptedBackup[] = entriesOf(catalogue, database)
    .filter(({ manifest }) => manifest.encryption === null)
    .map(({ file, tiers, manifest }) => ({ file, tiers, manifest }))
  for (const { listed } of catalogue.unusable) {
    if (!isOf(listed.database, database)) continue
    const tiers = TIERS.filter((tier) => listed.path.startsWith(`${tier}/`))
    found.push({ file: join(catalogue.folder, listed.path), tiers, manifest: null })
  }
  for (const { file, manifest } of await findUnlisted(catalogue.folder, database)) {
    found.push({ file, tiers: [], manifest })
  }
  for (const file of await findStray(catalogue.folder)) {
    found.push({ file, tiers: [], manifest: null })
  }
  const clear = await Promise.all(found.map(({ file }) => isClear(file, folder)))
  return found.filter((_, at) => clear[at])
}

/** Whether a file is there and no age file, whatever is said of it. */
export async function isClear(file: string, folder: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(AGE_MAGIC.length))
      const start = buffer.subarray(0, bytesRead).toString('latin1')
      return bytesRead > 0 && start !== AGE_MAGIC
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return false
    throw folderError(thrown, folder)
  }
}
