import { open, readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Measure } from '../../dialect/port.ts'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'
import { ageIdentity } from '../../keys/age.ts'
import type { KeyRing } from '../../keys/ring.ts'
import { manifestName } from '../catalogue/manifest.ts'
import { decryptAge } from './age.ts'
import { type ArchiveManifest, parseArchiveManifest } from './archive-manifest.ts'
import { createByteReader } from './byte-reader.ts'
import type { Damage } from './damage.ts'
import { measuring, READ_BYTES } from './measure.ts'
import { through } from './through.ts'
import { readStored } from './unpack.ts'
import { unzstd } from './unzstd.ts'

/** See `sealed.ts`. */
export async function readArchive(
  file: string,
  keys: KeyRing,
  signal: AbortSignal,
): Promise<Readable> {
  const expected = await manifestOf(file)
  const handle = await open(file, 'r').catch((cause) => {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `The archive ${file} cannot be read: ${cause.message}.`,
      hint: 'Name one that is there.',
      cause,
    })
  })
  const stored = handle.createReadStream({ signal, highWaterMark: READ_BYTES })
  const raw = await unseal(stored, file, keys)
  if (!expected) return raw
  return Readable.from(compared(raw, expected.raw, file), { objectMode: false })
}

async function manifestOf(file: string): Promise<ArchiveManifest | null> {
  const path = manifestName(file)
  try {
    return parseArchiveManifest(await readFile(path, 'utf8'), path)
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return null
    throw thrown
  }
}

/** What is sealed in the stream of an archive. It ends with what is made of it. */
export async function unseal(stored: Readable, file: string, { keys }: KeyRing): Promise<Readable> {
  const name = `The archive ${file}`
  const damage =
    (layer: string): Damage =>
    (what, cause) =>
      damaged(`${name} is damaged: in its ${layer} layer, ${what}.`, cause)
  const sealed = createByteReader(readStored(stored))
  const identities = keys.map(ageIdentity)
  const packed = createByteReader(decryptAge(sealed, { identities, name, damage: damage('age') }))
  const raw = createByteReader(unzstd(packed, damage('zstd')))
  try {
    // a wrong key shows before anybody reads
    await raw.peek(1)
  } catch (thrown) {
    await raw.close()
    stored.destroy()
    throw thrown
  }
  const opened = Readable.from(raw.rest(), { objectMode: false })
  // also where nobody read a byte of it
  opened.once('close', () => stored.destroy())
  return opened
}

async function* compared(raw: Readable, expected: Measure, file: string): AsyncGenerator<Buffer> {
  const measure = measuring()
  yield* through(raw, measure.stream)
  const { sha256 } = measure.result()
  if (sha256 === expected.sha256) return
  throw damaged(`The archive ${file} is not the one that the manifest beside it describes.`)
}

const damaged = (message: string, cause?: unknown): MigrateError =>
  new MigrateError('BACKUP_DAMAGED', {
    message,
    hint: 'Bring it back from a copy of the folder.',
    cause,
  })
