import { mkdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { MigrateError } from '../../errors.ts'
import { sync } from '../../file-system.ts'
import { ageRecipient } from '../../keys/age.ts'
import { folderError } from '../catalogue/folder-error.ts'
import { writeBeside } from '../catalogue/manifest-file.ts'
import { publishReserved } from '../catalogue/publish.ts'
import { namesFor, temporaryName } from '../files.ts'
import { measureStored } from '../measure-stored.ts'
import { assertAsWritten } from '../read-back.ts'
import { ARCHIVE_FORMAT, type ArchiveManifest } from './archive-manifest.ts'
import type { ArchiveRequest } from './archive-request.ts'
import { removeBegun } from './archives.ts'
import { type Packed, packTo } from './pack.ts'
import { unseal } from './read-archive.ts'
import { fromSource } from './source.ts'

const EXTENSION = 'zst.age'

/** See `sealed.ts`. */
export async function writeArchive(request: ArchiveRequest): Promise<ArchiveManifest> {
  const { folder, name } = request
  assertName(name)
  const begun = `archive_${name}`
  const temporary = join(folder, temporaryName(begun))
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeBegun(folder)
    const packed = await pack(request, temporary)
    for (const file of namesFor(name, EXTENSION)) {
      const manifest = describe(request, file, packed)
      const path = join(folder, file)
      const text = `${JSON.stringify(manifest, null, 2)}\n`
      if (!(await writeBeside(path, text, begun))) continue
      if (!(await publishReserved(temporary, path, () => sync(folder)))) continue
      await sync(dirname(folder))
      return manifest
    }
    throw new Error('unreachable: the names do not end')
  } catch (thrown) {
    // the first failure is the one to tell
    await rm(temporary, { force: true }).catch(() => {})
    if (request.signal.aborted) throw new MigrateError('INTERRUPTED', { cause: thrown })
    throw folderError(thrown, folder, 'archives')
  }
}

function assertName(name: string): void {
  if (/^[A-Za-z0-9][\w.-]*$/.test(name)) return
  throw new MigrateError('USAGE', {
    message: `An archive cannot be called ${JSON.stringify(name)}.`,
    hint: 'Begin its name with a letter or a digit; behind it . _ and - may stand as well.',
  })
}

async function pack(request: ArchiveRequest, temporary: string): Promise<Packed> {
  const { folder, keys, signal, onProgress } = request
  const raw = Readable.from(fromSource(request.raw), { objectMode: false })
  const packing = { compression: 'zstd', recipient: ageRecipient(keys.keys[0]) } as const
  const packed = await packTo(
    raw,
    temporary,
    packing,
    signal,
    (done) => onProgress(done, 'pack'),
    (thrown) => folderError(thrown, folder, 'archives'),
  )
  await sync(temporary)
  const measures = await measureStored(temporary, {
    open: (stored) => unseal(stored, temporary, keys),
    onProgress: (done) => onProgress(done, 'read'),
    signal,
  })
  assertAsWritten(temporary, measures, packed)
  return packed
}

function describe(
  { keys, about }: ArchiveRequest,
  file: string,
  { bytes, sha256, raw }: Packed,
): ArchiveManifest {
  return {
    format: ARCHIVE_FORMAT,
    file,
    madeAt: new Date().toISOString(),
    by: { host: hostname(), pid: process.pid },
    about: { ...about },
    bytes,
    sha256,
    raw,
    keyId: keys.keys[0].id,
    recipient: ageRecipient(keys.keys[0]),
  }
}
