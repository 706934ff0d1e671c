import { chmod, constants, copyFile, link, mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { errno, linksNotPossible, sync } from '../../file-system.ts'
import { publishAs, temporaryName } from '../files.ts'
import { type CatalogueEntry, listBackup } from './catalogue.ts'
import { describeDamage } from './findings.ts'
import { folderError } from './folder-error.ts'
import { hashFile } from './hash-file.ts'
import { readIndex } from './index-file.ts'
import { type Manifest, manifestName, type Tier } from './manifest.ts'
import { writeManifest } from './manifest-file.ts'
import { recoverUnlisted } from './mend.ts'

export interface Promotion {
  /** 'nothing': it stands in the tier already. */
  readonly outcome: 'done' | 'nothing'
  readonly file: string
}

/**
 * Puts a backup into another tier as well: a hard link, or a copy that was read again where the file system has no
 * links. Call it under the run lock. Throws BACKUP_DAMAGED, BACKUP_FAILED where something else stands in its place,
 * DISK_FULL, PERMISSION_DENIED.
 */
export async function promote(
  folder: string,
  entry: CatalogueEntry,
  tier: Exclude<Tier, 'daily'>,
): Promise<Promotion> {
  const there = entry.files[tier]
  if (there) return { outcome: 'nothing', file: there }
  const manifest: Manifest = { ...entry.manifest, tier }
  const file = join(folder, tier, manifest.file)
  try {
    await assertSound(folder, entry)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    // a promotion that was killed before its line of the index
    await recoverUnlisted(folder, manifest.database)
    const { listed } = await readIndex(folder)
    if (listed.get(`${tier}/${manifest.file}`)?.id !== manifest.id) {
      await put(entry.file, file, manifest)
      await listBackup(folder, manifest)
      await sync(folder)
    }
    return { outcome: 'done', file }
  } catch (thrown) {
    throw folderError(thrown, folder)
  }
}

async function assertSound(
  folder: string,
  { manifest, file, tiers }: CatalogueEntry,
): Promise<void> {
  if ((await hashFile(file)) === manifest.sha256) return
  const { message } = describeDamage(folder, `${tiers[0]}/${manifest.file}`, undefined)
  throw new MigrateError('BACKUP_DAMAGED', {
    message,
    hint: 'Only a sound backup can be promoted: make a new one with `backup`.',
  })
}

/** The manifest first, as for a new backup: what a killed process leaves can be told whose it is. */
async function put(source: string, file: string, manifest: Manifest): Promise<void> {
  if (!(await writeManifest(file, manifest))) throw inTheWay(manifestName(file))
  try {
    await link(source, file).catch(async (error) => {
      if (errno(error) === 'EEXIST') throw inTheWay(file)
      if (!linksNotPossible(error)) throw error
      await copy(source, file, manifest)
    })
  } catch (error) {
    await rm(manifestName(file), { force: true }).catch(() => {})
    throw error
  }
}

async function copy(source: string, file: string, { sha256 }: Manifest): Promise<void> {
  const temporary = join(dirname(file), temporaryName(basename(file)))
  try {
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    await chmod(temporary, 0o600)
    await sync(temporary)
    if ((await hashFile(temporary)) !== sha256) {
      throw new MigrateError('BACKUP_FAILED', {
        message: `The copy of ${source} reads differently from what was written.`,
        hint: 'Check the disk, then run it again.',
      })
    }
    if (!(await publishAs(temporary, file))) throw inTheWay(file)
  } finally {
    await rm(temporary, { force: true }).catch(() => {})
  }
}

const inTheWay = (file: string): MigrateError =>
  new MigrateError('BACKUP_FAILED', {
    message: `The backup cannot be promoted: ${file} is in the way, and is not in the index.`,
    hint: '`backup --verify` says what it is. Move it away, then run it again.',
  })
