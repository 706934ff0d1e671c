import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { entriesOf, readCatalogue } from '../backup/catalogue/catalogue.ts'
import {
  type Manifest,
  manifestName,
  parseManifest,
  TIERS,
  type Tier,
} from '../backup/catalogue/manifest.ts'
import { MigrateError } from '../errors.ts'
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

/** Throws BACKUP_NOT_FOUND, BACKUP_WRONG_DIALECT, and BACKUP_DAMAGED for a damaged manifest. */
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

async function newest(ctx: RunContext, tier: Tier | undefined): Promise<ChosenBackup> {
  const folder = backupFolder(ctx)
  const catalogue = await readCatalogue(folder)
  const ours = entriesOf(catalogue, databaseOf(ctx))
  const inTier = ours.filter(({ tiers }) => tier === undefined || tiers.includes(tier))
  const found = inTier.find(({ manifest }) => !isSafety(manifest)) ?? inTier[0]
  if (found) {
    const file = tier === undefined ? found.file : (found.files[tier] ?? found.file)
    return { file, manifest: found.manifest }
  }
  const others = [...new Set(catalogue.entries.map(({ manifest }) => manifest.database.identity))]
  const which = tier === undefined ? 'no' : `no ${tier}`
  throw new MigrateError('BACKUP_NOT_FOUND', {
    message: `There is ${which} backup of ${ctx.dialect.location} in ${folder}${others.length && !ours.length ? `, only of ${others.join(', ')}` : ''}.`,
    hint: others.length
      ? 'Choose one with `restore --backup-file F`; `backup --list` names them.'
      : 'Name another folder with --backup-dir, or a file with `restore --backup-file F`.',
  })
}

/** Of what a restore replaced: the next restore of the newest backup must not bring that back. */
const isSafety = ({ reason }: Manifest): boolean =>
  reason.kind === 'before' && reason.verb === 'restore'

async function byFile(ctx: RunContext, file: string): Promise<ChosenBackup> {
  const folder = backupFolder(ctx)
  const { entries } = await readCatalogue(folder)
  const places = isAbsolute(file)
    ? [file]
    : [join(folder, file), ...TIERS.map((tier) => join(folder, tier, file))]
  for (const { files, manifest } of entries) {
    const path = Object.values(files).find((known) => places.includes(known))
    if (path !== undefined) return { file: path, manifest }
  }
  const path = isAbsolute(file) ? file : join(folder, file)
  return { file: path, manifest: await manifestBeside(path) }
}

async function manifestBeside(file: string): Promise<Manifest | null> {
  const path = manifestName(file)
  try {
    return parseManifest(await readFile(path, 'utf8'), path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw thrown
  }
}
