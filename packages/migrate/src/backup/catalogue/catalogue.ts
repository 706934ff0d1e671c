import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { sync } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { timeOf } from './calendar.ts'
import { describeBadLine, describeMissing, describeRemoving, describeSize } from './findings.ts'
import { appendIndex, type DatabaseId, type Index, type Listed, readIndex } from './index-file.ts'
import { formatManifest, type Manifest, TIERS, type Tier } from './manifest.ts'
import { manifestHash, readManifest } from './manifest-file.ts'

/** A backup that the index lists, whose manifest reads well and whose files have their size. No file was read. */
export interface CatalogueEntry {
  readonly manifest: Manifest
  /** The tiers that it stands in, daily first. */
  readonly tiers: readonly Tier[]
  /** Absolute paths. */
  readonly files: Readonly<Partial<Record<Tier, string>>>
  /** The first of them. */
  readonly file: string
}

/** A file that the index lists and that cannot be used. */
export interface Unusable {
  readonly listed: Listed
  readonly finding: Finding
}

export interface Catalogue {
  readonly folder: string
  /** One a backup, newest first, of every database. */
  readonly entries: readonly CatalogueEntry[]
  /** What is listed and no entry, or entry in fewer tiers, and why; and an index that is damaged. */
  readonly findings: readonly Finding[]
  /** Those of the findings that are about a file, and the file. */
  readonly unusable: readonly Unusable[]
}

/**
 * Reads what stands in a folder: the index, the manifests, and the files' sizes; writes nothing. A missing folder is
 * an empty catalogue. Throws BACKUP_NEWER for an index of a later version, PERMISSION_DENIED.
 */
export async function readCatalogue(place: string): Promise<Catalogue> {
  const folder = resolve(place)
  const index = await readIndex(folder)
  const unusable: Unusable[] = []
  const found = new Map<string, { manifest: Manifest; files: Partial<Record<Tier, string>> }>()
  for (const listed of inTierOrder(index)) {
    const reading = await look(folder, listed)
    if (!reading.manifest) {
      unusable.push({ listed, finding: reading.finding })
      continue
    }
    const { manifest } = reading
    const entry = found.get(manifest.id) ?? { manifest, files: {} }
    entry.files[manifest.tier] = join(folder, listed.path)
    found.set(manifest.id, entry)
  }
  const entries = [...found.values()].map(toEntry).sort(newestFirst)
  const findings = [
    ...index.bad.map((line) => describeBadLine(folder, line)),
    ...unusable.map(({ finding }) => finding),
  ]
  return { folder, entries, findings, unusable }
}

const tierOf = ({ path }: { readonly path: string }): Tier => dirname(path) as Tier

const inTierOrder = ({ listed }: Index): Listed[] =>
  [...listed.values()].sort((a, b) => TIERS.indexOf(tierOf(a)) - TIERS.indexOf(tierOf(b)))

async function look(folder: string, listed: Listed) {
  if (listed.removing) return { finding: describeRemoving(folder, listed.path) }
  const size = await stat(join(folder, listed.path)).then(
    (found) => found.size,
    () => null,
  )
  if (size === null) return { finding: describeMissing(folder, listed.path) }
  if (size !== listed.bytes) return { finding: describeSize(folder, listed, size) }
  return readManifest(folder, listed.path, listed.manifestSha256)
}

function toEntry({
  manifest,
  files,
}: {
  manifest: Manifest
  files: Partial<Record<Tier, string>>
}): CatalogueEntry {
  const tiers = TIERS.filter((tier) => files[tier] !== undefined)
  return { manifest, tiers, files, file: files[tiers[0] as Tier] as string }
}

const newestFirst = (a: CatalogueEntry, b: CatalogueEntry): number =>
  timeOf(b.manifest.takenAt) - timeOf(a.manifest.takenAt) ||
  (a.manifest.id < b.manifest.id ? 1 : -1)

/** The same database, whatever the version of its server. */
export const isOf = (database: DatabaseId, other: DatabaseId): boolean =>
  database.dialect === other.dialect && database.identity === other.identity

/** The entries of one database, newest first. */
export const entriesOf = ({ entries }: Catalogue, database: DatabaseId): CatalogueEntry[] =>
  entries.filter(({ manifest }) => isOf(manifest.database, database))

/** Writes a backup's line of the index, once the file and its manifest are there under their names. */
export async function listBackup(folder: string, manifest: Manifest): Promise<void> {
  const { id, tier, bytes, sha256 } = manifest
  const { dialect, identity } = manifest.database
  await sync(join(folder, tier))
  await appendIndex(folder, {
    op: 'added',
    id,
    path: `${tier}/${manifest.file}`,
    bytes,
    sha256,
    manifestSha256: manifestHash(formatManifest(manifest)),
    database: { dialect, identity },
  })
}
