import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errno, sync } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { removeAbandoned } from '../files.ts'
import { isOf, listBackup } from './catalogue.ts'
import { folderError } from './folder-error.ts'
import { hashFile } from './hash-file.ts'
import { appendIndex, type DatabaseId, type Index, readIndex } from './index-file.ts'
import { type Manifest, manifestName, TIERS } from './manifest.ts'
import { readManifest } from './manifest-file.ts'
import { removeListed } from './removal.ts'

/**
 * Ends what killed runs began with one database's backups: removals, publications, promotions, temporary
 * files; and deals with damaged lines of the index. Says what it did. Call it under the run lock. Throws BACKUP_NEWER, PERMISSION_DENIED, DISK_FULL.
 */
export async function mendCatalogue(folder: string, database: DatabaseId): Promise<Finding[]> {
  for (const tier of TIERS) await removeAbandoned(join(folder, tier))
  const index = await readIndex(folder)
  const removed = await finishRemovals(folder, database, index)
  const recovered = await recoverUnlisted(folder, database)
  for (const { sha256 } of index.bad) await appendIndex(folder, { op: 'skipped', line: sha256 })
  return [...removed, ...recovered]
}

async function finishRemovals(
  folder: string,
  database: DatabaseId,
  { listed }: Index,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const backup of listed.values()) {
    if (!backup.removing || !isOf(backup.database, database)) continue
    const { finding } = await removeListed(folder, backup)
    findings.push(
      finding ?? mended(folder, backup.path, `The removal of ${backup.path} is ended now.`),
    )
  }
  return findings
}

/**
 * Takes in the backups of one database that a killed run left between their manifest and their line of the index,
 * after their SHA-256 was checked, and removes a manifest whose file never came. Call it under the run lock.
 */
export async function recoverUnlisted(folder: string, database: DatabaseId): Promise<Finding[]> {
  const findings: Finding[] = []
  const index = await readIndex(folder)
  for (const path of await describedPaths(folder)) {
    if (index.listed.has(path)) continue
    const { manifest } = await readManifest(folder, path, null)
    if (!manifest || path !== `${manifest.tier}/${manifest.file}`) continue
    if (!isOf(manifest.database, database)) continue
    const message = await settle(folder, path, manifest, index)
    if (message !== null) findings.push(mended(folder, path, message))
  }
  return findings
}

/** What was done about a manifest that is not listed; null for nothing: `--verify` names it. */
async function settle(
  folder: string,
  path: string,
  manifest: Manifest,
  index: Index,
): Promise<string | null> {
  const file = join(folder, path)
  const size = await sizeOf(file)
  if (size === manifest.bytes && (await hashFile(file)) === manifest.sha256) {
    await listBackup(folder, manifest)
    return `The backup ${path}, which a killed run had not listed yet, is whole and is listed now.`
  }
  // an empty file reserves a name on file systems without links
  if ((size !== null && size > 0) || !index.exists || !index.whole) return null
  await rm(file, { force: true })
  await rm(manifestName(file), { force: true })
  await sync(dirname(file))
  return `What a killed run had begun of the backup ${path} is removed: it had a manifest and no contents.`
}

const sizeOf = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ size }) => size,
    (error) => {
      if (errno(error) === 'ENOENT') return null
      throw error
    },
  )

/** The paths of backups that have a manifest, be they there or not. */
export async function describedPaths(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const tier of TIERS) {
    const names = await readdir(join(folder, tier)).catch((error) => {
      if (errno(error) === 'ENOENT') return []
      throw folderError(error, folder)
    })
    for (const name of names) {
      if (/^backup_.*\.json$/.test(name)) paths.push(`${tier}/${name.slice(0, -'.json'.length)}`)
    }
  }
  return paths
}

const mended = (folder: string, path: string, message: string): Finding => ({
  code: 'BACKUP_MENDED',
  severity: 'info',
  message,
  at: { file: join(folder, path) },
})
