import {
  type CatalogueEntry,
  entriesOf,
  isOf,
  readCatalogue,
} from '../backup/catalogue/catalogue.ts'
import { type Cleanup, cleanUp } from '../backup/catalogue/cleanup.ts'
import type { Manifest, Tier } from '../backup/catalogue/manifest.ts'
import { promote } from '../backup/catalogue/promote.ts'
import { findUnlisted, type Unlisted } from '../backup/catalogue/unlisted.ts'
import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { backupFolder, databaseOf } from './backup-folder.ts'
import { isFuture } from './choose-backup.ts'
import type { RunContext } from './context.ts'
import { assertExists } from './gather.ts'
import { holdLock } from './session.ts'
import { rotate, takeBackup } from './take-backup.ts'

export interface BackupResult {
  readonly outcome: 'done'
  readonly file: string
  readonly manifest: Manifest
  /** The backups that the rotation removed after it, a file each. */
  readonly removed: readonly string[]
}

/** Takes a backup under the lock; the database itself is not written to. Throws DATABASE_MISSING. */
export async function backup(ctx: RunContext, waitMs: number): Promise<BackupResult> {
  await assertExists(ctx.dialect)
  return holdLock(ctx, { purpose: 'backup', waitMs }, async () => {
    const { file, manifest } = await takeBackup(ctx, { kind: 'manual' })
    return { outcome: 'done', file, manifest, removed: await rotate(ctx) }
  })
}

/** One backup, as it is listed. */
export interface ListedBackup {
  readonly file: string
  readonly tiers: readonly Tier[]
  readonly manifest: Manifest
}

export interface BackupList {
  readonly folder: string
  /** Newest first; of this database only. */
  readonly backups: readonly ListedBackup[]
  /** Of this database too, and not in the index; newest first. */
  readonly unlisted: readonly Unlisted[]
  /** Of other databases in the same folder, newest first. */
  readonly others: readonly ListedBackup[]
  /** What is wrong with the folder, as far as a look at its index and manifests shows. */
  readonly findings: readonly Finding[]
}

/** Reads the index and the manifests, no backup; writes nothing. */
export async function listBackups(ctx: RunContext): Promise<BackupList> {
  const folder = backupFolder(ctx)
  const catalogue = await readCatalogue(folder)
  const { entries, findings } = catalogue
  const database = databaseOf(ctx)
  const listed = (of: readonly CatalogueEntry[]): ListedBackup[] =>
    of.map(({ file, tiers, manifest }) => ({ file, tiers, manifest }))
  return {
    folder,
    backups: listed(entriesOf(catalogue, database)),
    unlisted: await findUnlisted(folder, database),
    others: listed(entries.filter(({ manifest }) => !isOf(manifest.database, database))),
    findings,
  }
}

export interface PromoteResult {
  readonly outcome: 'done' | 'nothing'
  readonly file: string
  readonly tier: Tier
}

/** Puts the newest backup into a tier as well. Throws BACKUP_NOT_FOUND where there is none. */
export async function promoteNewest(
  ctx: RunContext,
  tier: 'weekly' | 'monthly',
  waitMs: number,
): Promise<PromoteResult> {
  return holdLock(ctx, { purpose: 'backup', waitMs }, async () => {
    const folder = backupFolder(ctx)
    const newest = entriesOf(await readCatalogue(folder), databaseOf(ctx)).find(
      ({ manifest }) => !isFuture(manifest.takenAt),
    )
    if (!newest) {
      throw new MigrateError('BACKUP_NOT_FOUND', {
        message: `There is no backup of ${ctx.dialect.location} in ${folder}.`,
        hint: 'Make one with `backup`.',
      })
    }
    return { ...(await promote(folder, newest, tier)), tier }
  })
}

export interface CleanupResult extends Cleanup {
  readonly outcome: 'done' | 'nothing' | 'planned'
}

/** Removes what the rotation does not keep. */
export async function cleanup(
  ctx: RunContext,
  { dryRun, waitMs }: { readonly dryRun: boolean; readonly waitMs: number },
): Promise<CleanupResult> {
  const { backupKeep } = ctx.settings
  if (backupKeep === 'all') {
    throw new MigrateError('CONFIG_INVALID', {
      message: "The configuration keeps all backups: backupKeep is 'all'.",
      hint: 'Give it counts, or leave it out, to clean up.',
    })
  }
  const clean = (): Promise<Cleanup> =>
    cleanUp(backupFolder(ctx), databaseOf(ctx), backupKeep, {
      dryRun,
      now: new Date(),
      onRemoved: (file, bytes) => ctx.emit({ type: 'backup.removed', file, bytes }),
    })
  if (dryRun) return { outcome: 'planned', ...(await clean()) }
  return holdLock(ctx, { purpose: 'backup', waitMs }, async () => {
    const cleaned = await clean()
    return { outcome: cleaned.removed.length ? 'done' : 'nothing', ...cleaned }
  })
}
