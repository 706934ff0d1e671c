import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { namesFor, publishAs } from '../files.ts'
import { listBackup } from './catalogue.ts'
import { folderError } from './folder-error.ts'
import { type Manifest, manifestName } from './manifest.ts'
import { writeManifest } from './manifest-file.ts'

export interface Published {
  readonly file: string
  readonly manifest: Manifest
}

/**
 * Gives a finished backup its name, manifest and line of the index. The manifest comes first and reserves the name, so
 * that a process that is killed anywhere in between leaves nothing of which it could not be told whose it is: the
 * next backup takes it in, or removes it. `describe` gets the file's name, which may be `_2` of another's. Whatever
 * fails, only the temporary file stays. Throws DISK_FULL, PERMISSION_DENIED, BACKUP_FAILED.
 */
export async function publishBackup(
  folder: string,
  temporary: string,
  { name, extension }: { readonly name: string; readonly extension: string },
  describe: (file: string) => Manifest,
): Promise<Published> {
  for (const candidate of namesFor(name, extension)) {
    const manifest = describe(candidate)
    const file = join(folder, manifest.tier, candidate)
    try {
      if (!(await writeManifest(file, manifest))) continue
      const list = () => listBackup(folder, manifest)
      if (await publishReserved(temporary, file, list)) return { file, manifest }
    } catch (thrown) {
      throw folderError(thrown, folder)
    }
  }
  throw new Error('unreachable: the names do not end')
}

/**
 * Gives a temporary file the name that the manifest beside it reserves, and lists it; false where the name is taken.
 * The manifest goes where that fails.
 */
export async function publishReserved(
  temporary: string,
  file: string,
  list: () => Promise<void>,
): Promise<boolean> {
  let published = false
  let listed = false
  try {
    published = await publishAs(temporary, file)
    if (published) await list()
    listed = published
    return published
  } finally {
    if (!listed) {
      if (published) await rm(file, { force: true }).catch(() => {})
      await rm(manifestName(file), { force: true }).catch(() => {})
    }
  }
}
