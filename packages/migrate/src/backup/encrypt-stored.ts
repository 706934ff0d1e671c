import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { MigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { sync } from '../file-system.ts'
import { READ_BYTES } from './archive/measure.ts'
import { type Packed, packTo } from './archive/pack.ts'
import { unpack } from './archive/unpack.ts'
import { type CatalogueEntry, entriesOf, readCatalogue } from './catalogue/catalogue.ts'
import { findDamage } from './catalogue/cleanup.ts'
import { hashFile } from './catalogue/hash-file.ts'
import type { Manifest, Tier } from './catalogue/manifest.ts'
import { promote } from './catalogue/promote.ts'
import { publishBackup } from './catalogue/publish.ts'
import { temporaryName } from './files.ts'
import { measureStored } from './measure-stored.ts'
import { createPhases, type Phases } from './phases.ts'
import { assertAsWritten } from './read-back.ts'
import { assertSpace, type SpaceContext } from './space.ts'

export interface EncryptRequest {
  /** The folder that the tiers stand in, and what a lack of room is explained with. */
  readonly space: SpaceContext
  readonly recipient: string
  /** What opens what was encrypted, to read it again. */
  readonly identities: readonly string[]
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * Puts an encrypted copy of a clear backup into every tier that it stands in, read again and compared before it
 * counts; the clear one stays. A copy that a killed run had made already is taken. Call it under the run lock. Throws
 * BACKUP_DAMAGED for a clear one that is not what its manifest says, DISK_FULL, PERMISSION_DENIED, BACKUP_FAILED,
 * INTERRUPTED.
 */
export async function encryptStored(
  entry: CatalogueEntry,
  request: EncryptRequest,
): Promise<CatalogueEntry> {
  const { folder } = request.space
  const [first, ...others] = entry.tiers as [Tier, ...Exclude<Tier, 'daily'>[]]
  const id = (await findCopy(entry, first, request)) ?? (await repack(entry, first, request))
  for (const tier of others) await promote(folder, await entryOf(folder, id), tier)
  return entryOf(folder, id)
}

async function entryOf(folder: string, id: string): Promise<CatalogueEntry> {
  const { entries } = await readCatalogue(folder)
  const found = entries.find(({ manifest }) => manifest.id === id)
  if (found) return found
  throw new MigrateError('BACKUP_FAILED', {
    message: `The encrypted backup that was just put into ${folder} is not there any more.`,
    hint: 'See `backup --verify`, then run it again.',
  })
}

/** The id of a sound copy for the same recipient, from a run that was killed before the clear one was removed. */
async function findCopy(
  { manifest }: CatalogueEntry,
  tier: Tier,
  { space, recipient }: EncryptRequest,
): Promise<string | null> {
  const catalogue = await readCatalogue(space.folder)
  for (const entry of entriesOf(catalogue, manifest.database)) {
    const other = entry.manifest
    const isCopy =
      other.encryption?.recipient === recipient &&
      other.takenAt === manifest.takenAt &&
      other.raw.sha256 === manifest.raw.sha256 &&
      entry.tiers[0] === tier
    if (isCopy && !(await findDamage(space.folder, entry, hashFile))) return other.id
  }
  return null
}

/** What age adds: 16 bytes to each 64 KiB, and a header of some 400 bytes. */
const encryptedSize = (bytes: number): number => bytes + Math.ceil(bytes / 4096) + 1024

/** Packs it again for the recipient, as it was compressed, and publishes it; its id. */
async function repack(entry: CatalogueEntry, tier: Tier, request: EncryptRequest): Promise<string> {
  const { space, recipient, emit } = request
  const { manifest } = entry
  const folder = join(space.folder, tier)
  const dot = manifest.file.indexOf('.')
  const name = manifest.file.slice(0, dot)
  const extension = `${manifest.file.slice(dot + 1)}.age`
  const temporary = join(folder, temporaryName(name))
  const phases = createPhases(emit)
  emit({ type: 'backup.started', file: join(folder, `${name}.${extension}`) })
  try {
    await assertSpace(
      [{ folder, bytes: encryptedSize(manifest.bytes) }],
      'The encrypted backup',
      space,
    )
    const { bytes, sha256 } = await pack(entry, temporary, request, phases)
    phases.rest()
    const published = await publishBackup(space.folder, temporary, { name, extension }, (file) => ({
      ...manifest,
      id: crypto.randomUUID(),
      file,
      bytes,
      sha256,
      tier,
      verified: { ...manifest.verified, at: new Date().toISOString() },
      encryption: { format: 'age', recipient },
    }))
    emit({ type: 'backup.finished', file: published.file, bytes, ...phases.end() })
    return published.manifest.id
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {})
    if (request.signal.aborted) throw new MigrateError('INTERRUPTED', { cause: thrown })
    throw thrown
  }
}

async function pack(
  { manifest, file }: CatalogueEntry,
  temporary: string,
  { recipient, identities, signal }: EncryptRequest,
  phases: Phases,
): Promise<Packed> {
  const { compression } = manifest
  const source = createReadStream(file, { highWaterMark: READ_BYTES, signal })
  const raw = await open(source, file, manifest, [])
  const packed = await packTo(raw, temporary, { compression, recipient }, signal, (done) =>
    phases.progress('pack', done, manifest.raw.bytes),
  )
  if (packed.raw.sha256 !== manifest.raw.sha256) {
    throw new MigrateError('BACKUP_DAMAGED', {
      message: `The backup ${file} is damaged: what is in it is not what its manifest says.`,
    })
  }
  await sync(temporary)
  const measures = await measureStored(temporary, {
    open: (stored) => open(stored, temporary, manifest, identities),
    onProgress: (done, total) => phases.progress('read', done, total),
    signal,
  })
  assertAsWritten(temporary, measures, packed)
  return packed
}

async function open(
  stored: Readable,
  file: string,
  { raw }: Manifest,
  identities: readonly string[],
): Promise<Readable> {
  const options = { identities, maxBytes: raw.bytes, name: `The backup ${file}` }
  return (await unpack(stored, options)).raw
}
