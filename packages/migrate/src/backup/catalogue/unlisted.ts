import { basename, join } from 'node:path'
import { ownerOfTemporary } from '../files.ts'
import { isOf } from './catalogue.ts'
import { readDisk } from './disk.ts'
import { type DatabaseId, readIndex } from './index-file.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest-file.ts'
import { describedPaths } from './mend.ts'

export interface Unlisted {
  readonly file: string
  readonly manifest: Manifest
}

/** Backups of a database that have a manifest and stand in no index, newest first: it was lost, or they were brought here. */
export async function findUnlisted(folder: string, database: DatabaseId): Promise<Unlisted[]> {
  const { listed } = await readIndex(folder)
  const found: Unlisted[] = []
  for (const path of await describedPaths(folder)) {
    if (listed.has(path)) continue
    const { manifest } = await readManifest(folder, path, null)
    if (manifest && isOf(manifest.database, database)) {
      found.push({ file: join(folder, path), manifest })
    }
  }
  return found.sort((a, b) => (a.manifest.takenAt < b.manifest.takenAt ? 1 : -1))
}

/** What else stands in the tiers, a copy by hand perhaps: files that no index lists and no manifest describes. */
export async function findStray(folder: string): Promise<string[]> {
  const { listed } = await readIndex(folder)
  const { files } = await readDisk(folder)
  const found: string[] = []
  for (const path of files.keys()) {
    const isOurs = listed.has(path) || path.endsWith('.json') || ownerOfTemporary(basename(path))
    if (isOurs || !path.includes('/')) continue
    const { manifest } = await readManifest(folder, path, null)
    if (!manifest) found.push(join(folder, path))
  }
  return found
}
