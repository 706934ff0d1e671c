import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errno, isAbandoned } from '../../file-system.ts'
import { folderError } from '../catalogue/folder-error.ts'
import { manifestName } from '../catalogue/manifest.ts'
import { removeAbandoned } from '../files.ts'
import { type Archive, type ArchiveManifest, parseArchiveManifest } from './archive-manifest.ts'

/** See `sealed.ts`. */
export async function listArchives(folder: string): Promise<Archive[]> {
  const { whole } = await described(folder)
  const archives = await Promise.all(
    whole.map(async (file) => ({
      file,
      manifest: await readManifest(file).catch((error) => {
        throw folderError(error, folder, 'archives')
      }),
    })),
  )
  return archives.sort((a, b) => (a.manifest.madeAt < b.manifest.madeAt ? 1 : -1))
}

/** Removes what killed processes had begun: their temporary files, and manifests whose archive never got its name. */
export async function removeBegun(folder: string): Promise<void> {
  await removeAbandoned(folder)
  const { begun } = await described(folder)
  for (const file of begun) {
    // one that cannot be read tells nobody whose it is
    const manifest = await readManifest(file).catch(() => null)
    if (!manifest) continue
    const { host, pid } = manifest.by
    const owner = { pid, here: host === hostname() }
    if (!isAbandoned(owner, Date.parse(manifest.madeAt))) continue
    await rm(file, { force: true })
    await rm(manifestName(file), { force: true })
  }
}

async function readManifest(file: string): Promise<ArchiveManifest> {
  const path = manifestName(file)
  return parseArchiveManifest(await readFile(path, 'utf8'), path)
}

/** The archives that have a manifest: those that are there, and those of which there is no more than that. */
async function described(folder: string): Promise<{ whole: string[]; begun: string[] }> {
  const names = await readdir(folder).catch((error) => {
    if (errno(error) === 'ENOENT') return []
    throw folderError(error, folder, 'archives')
  })
  const whole: string[] = []
  const begun: string[] = []
  for (const name of names) {
    if (!name.endsWith('.zst.age.json')) continue
    const file = join(folder, name.slice(0, -'.json'.length))
    // an empty file reserves a name on file systems without links
    const isThere = await stat(file).then(
      ({ size }) => size > 0,
      () => false,
    )
    if (isThere) whole.push(file)
    else begun.push(file)
  }
  return { whole, begun }
}
