import { hostname } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import {
  type Catalogue,
  type CatalogueEntry,
  entriesOf,
  isOf,
  readCatalogue,
} from '../backup/catalogue/catalogue.ts'
import { type Manifest, TIERS, type Tier } from '../backup/catalogue/manifest.ts'
import { manifestBeside } from '../backup/catalogue/manifest-file.ts'
import { findUnlisted } from '../backup/catalogue/unlisted.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { backupFolder, databaseOf } from './backup-folder.ts'
import type { RunContext } from './context.ts'

/** Which backup: the newest of this database, perhaps of one tier, or a file. */
export type BackupChoice =
  | { readonly latest: true; readonly tier?: Tier | undefined }
  /** An absolute path, or one relative to the backups' folder, or a bare name in it. */
  | { readonly file: string }

export interface ChosenBackup {
  readonly file: string
  /** Null where the file has none: made by another tool, or copied without it. */
  readonly manifest: Manifest | null
}

/**
 * Throws BACKUP_NOT_FOUND, BACKUP_WRONG_DIALECT, and BACKUP_DAMAGED where the newest cannot be used or the file is not
 * the one that its manifest or the index knows.
 */
export async function chooseBackup(ctx: RunContext, choice: BackupChoice): Promise<ChosenBackup> {
  const chosen = 'file' in choice ? await byFile(ctx, choice.file) : await newest(ctx, choice.tier)
  const dialect = chosen.manifest?.database.dialect ?? ctx.dialect.name
  if (dialect !== ctx.dialect.name) {
    throw new MigrateError('BACKUP_WRONG_DIALECT', {
      message: `${chosen.file} is a backup of ${dialect}; the database ${ctx.dialect.location} is ${ctx.dialect.name}.`,
    })
  }
  return chosen
}

/** What whoever restores it should know. */
export function remarksOn({ dialect }: RunContext, { file, manifest }: ChosenBackup): Finding[] {
  if (!manifest) return []
  const { database, by, takenAt } = manifest
  const remark = (code: Finding['code'], message: string): Finding[] => [
    { code, severity: 'warning', message, at: { file } },
  ]
  return [
    ...(database.identity === dialect.identity
      ? []
      : remark('OTHER_DATABASE', `It is a backup of another database: ${database.identity}.`)),
    ...(by.host === hostname()
      ? []
      : remark('OTHER_HOST', `It was taken on another host: ${by.host}.`)),
    ...(isFuture(takenAt) ? remark('FUTURE_DATE', `It is dated in the future: ${takenAt}.`) : []),
  ]
}

/** Clocks of two hosts may differ by this much, in milliseconds. */
const CLOCK_SKEW = 300_000

export const isFuture = (takenAt: string): boolean => Date.parse(takenAt) > Date.now() + CLOCK_SKEW

/** Of what a restore replaced: the next restore of the newest backup must not bring that back. */
const isSafety = ({ reason }: Manifest): boolean =>
  reason.kind === 'before' && reason.verb === 'restore'

async function newest(ctx: RunContext, tier: Tier | undefined): Promise<ChosenBackup> {
  const folder = backupFolder(ctx)
  const catalogue = await readCatalogue(folder)
  const ours = entriesOf(catalogue, databaseOf(ctx))
  const inTier = ours.filter(({ tiers }) => tier === undefined || tiers.includes(tier))
  const meant = inTier.filter(({ manifest }) => !isSafety(manifest))
  const found = meant.find(({ manifest }) => !isFuture(manifest.takenAt)) ?? meant[0] ?? inTier[0]
  assertNothingNewer(ctx, catalogue, found, tier)
  if (!found) throw await notFound(ctx, catalogue, tier)
  const file = tier === undefined ? found.file : (found.files[tier] ?? found.file)
  return { file, manifest: found.manifest }
}

/** Never an older backup without a word, where the newest one is gone or damaged. */
function assertNothingNewer(
  ctx: RunContext,
  { entries, unusable, findings }: Catalogue,
  found: CatalogueEntry | undefined,
  tier: Tier | undefined,
): void {
  const known = new Set(entries.map(({ manifest }) => manifest.id))
  const newer = unusable.find(
    ({ listed }) =>
      isOf(listed.database, databaseOf(ctx)) &&
      !listed.removing &&
      !known.has(listed.id) &&
      (tier === undefined || listed.path.startsWith(`${tier}/`)) &&
      (!found || listed.at > found.manifest.takenAt),
  )
  const problem = newer?.finding ?? findings.find(({ code }) => code === 'INDEX_DAMAGED')
  if (!problem || (!newer && problem.severity !== 'error')) return
  throw new MigrateError('BACKUP_DAMAGED', {
    message: `The newest backup cannot be told for certain: ${problem.message}`,
    hint: found
      ? `To take the one of ${found.manifest.takenAt} instead: \`restore --backup-file ${found.file}\`. \`backup --verify\` says more.`
      : '`backup --verify` says more.',
  })
}

async function notFound(
  ctx: RunContext,
  { folder, entries }: Catalogue,
  tier: Tier | undefined,
): Promise<MigrateError> {
  const which = tier === undefined ? 'no' : `no ${tier}`
  const message = `There is ${which} backup of ${ctx.dialect.location} in the index of ${folder}`
  const [unlisted] = await findUnlisted(folder, databaseOf(ctx))
  if (unlisted) {
    return new MigrateError('BACKUP_NOT_FOUND', {
      message: `${message}, which was lost or is another one's: there are backups that it does not list.`,
      hint: `The newest of them: \`restore --backup-file ${unlisted.file}\`.`,
    })
  }
  const others = [...new Set(entries.map(({ manifest }) => manifest.database.identity))]
  return new MigrateError('BACKUP_NOT_FOUND', {
    message: `${message}${others.length ? `, only of ${others.join(', ')}` : ''}.`,
    hint: others.length
      ? '`backup --list` names them; choose one with `restore --backup-file F`.'
      : 'Name another folder with --backup-dir, or a file with `restore --backup-file F`.',
  })
}

async function byFile(ctx: RunContext, file: string): Promise<ChosenBackup> {
  const folder = backupFolder(ctx)
  const catalogue = await readUnlessNewer(folder)
  const places = isAbsolute(file)
    ? [file]
    : [join(folder, file), ...TIERS.map((tier) => join(folder, tier, file))]
  for (const { files, manifest } of catalogue?.entries ?? []) {
    const path = Object.values(files).find((known) => places.includes(known))
    if (path !== undefined) return { file: path, manifest }
  }
  const listed = catalogue?.unusable.find(({ listed }) =>
    places.includes(join(folder, listed.path)),
  )
  if (listed) {
    throw new MigrateError('BACKUP_DAMAGED', {
      message: `${listed.finding.message} The database was not touched.`,
      hint: 'Choose another one: `backup --verify` says which are sound. A copy of the file alone, in another folder, is restored for what it is.',
    })
  }
  const path = isAbsolute(file) ? file : join(folder, file)
  return { file: path, manifest: await manifestFor(path) }
}

/** The last resort must not depend on an index that this version cannot read. */
async function readUnlessNewer(folder: string): Promise<Catalogue | null> {
  try {
    return await readCatalogue(folder)
  } catch (thrown) {
    if (asMigrateError(thrown).code !== 'BACKUP_NEWER') throw thrown
    return null
  }
}

async function manifestFor(file: string): Promise<Manifest | null> {
  const manifest = await manifestBeside(file)
  if (!manifest || manifest.file === basename(file)) return manifest
  throw new MigrateError('BACKUP_DAMAGED', {
    message: `The manifest beside ${file} is that of ${manifest.file}: one of the two was renamed, or they were exchanged.`,
    hint: 'Give it its name back; or move the manifest away, and the file is restored for what it is.',
  })
}
