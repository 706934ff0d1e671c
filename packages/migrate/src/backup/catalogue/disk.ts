import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errno } from '../../file-system.ts'
import { folderError } from './folder-error.ts'
import { TIERS } from './manifest.ts'

export interface DiskFile {
  /** Relative to the folder, with slashes. */
  readonly path: string
  readonly size: number
  readonly mode: number
  /** In milliseconds since 1970. */
  readonly changedAt: number
}

export interface Disk {
  /** Regular files of the folder and its tiers; hidden ones are left out. */
  readonly files: ReadonlyMap<string, DiskFile>
  /** The tiers' folders that there are. */
  readonly tiers: readonly DiskFile[]
}

/** What stands in a backups' folder. A missing one is empty. Throws PERMISSION_DENIED. */
export async function readDisk(folder: string): Promise<Disk> {
  const files = new Map<string, DiskFile>()
  const tiers: DiskFile[] = []
  try {
    for (const place of ['', ...TIERS]) {
      const names = await readdir(join(folder, place)).catch(absent)
      if (!names) continue
      if (place !== '') tiers.push(await measure(folder, place))
      for (const name of names.filter((each) => !each.startsWith('.'))) {
        const path = place === '' ? name : `${place}/${name}`
        const found = await stat(join(folder, path)).catch(absent)
        if (found?.isFile()) files.set(path, fileOf(path, found))
      }
    }
  } catch (thrown) {
    throw folderError(thrown, folder)
  }
  return { files, tiers }
}

async function measure(folder: string, path: string): Promise<DiskFile> {
  return fileOf(path, await stat(join(folder, path)))
}

const fileOf = (path: string, { size, mode, mtimeMs }: Stats): DiskFile => ({
  path,
  size,
  mode,
  changedAt: mtimeMs,
})

/** Others may remove files meanwhile. */
function absent(error: unknown): null {
  if (errno(error) === 'ENOENT') return null
  throw error
}
