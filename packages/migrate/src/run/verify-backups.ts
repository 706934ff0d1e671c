import type { VerifiedBackup } from '../backup/catalogue/verification.ts'
import { verifyCatalogue } from '../backup/catalogue/verify.ts'
import { asMigrateError, type MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { backupFolder } from './backup-folder.ts'
import type { ChosenBackup } from './choose-backup.ts'
import type { RunContext } from './context.ts'
import { withRestoredCopy } from './restored-copy.ts'

export interface BackupVerification {
  /** No errors among the findings. */
  readonly ok: boolean
  readonly folder: string
  readonly backups: readonly VerifiedBackup[]
  /** Of the folder and of what is not listed. */
  readonly findings: readonly Finding[]
}

export interface VerifyBackupsOptions {
  /** Only this one. */
  readonly file: string | undefined
  /** Also restore each backup of this kind of database into a throw-away one, and compare. */
  readonly restoreTest: boolean
}

/** Compares the backups with the index and their manifests; with `restoreTest`, with what they restore to. */
export async function verifyBackups(
  ctx: RunContext,
  { file, restoreTest }: VerifyBackupsOptions,
): Promise<BackupVerification> {
  const folder = backupFolder(ctx)
  const { backups, findings } = await verifyCatalogue({
    folder,
    file,
    signal: ctx.signal,
    onProgress: (done, total) => ctx.emit({ type: 'restore.progress', phase: 'read', done, total }),
    ...(restoreTest && { test: (manifest, path) => tryRestore(ctx, { manifest, file: path }) }),
  })
  const all = [...findings, ...backups.flatMap((backup) => backup.findings)]
  const ok = !all.some(({ severity }) => severity === 'error')
  return { ok, folder, backups, findings }
}

/** Restores a backup into a throw-away database. What other kinds of databases hold cannot be tried here, and is told. */
async function tryRestore(ctx: RunContext, chosen: ChosenBackup): Promise<readonly Finding[]> {
  const dialect = chosen.manifest?.database.dialect ?? ctx.dialect.name
  const at = { file: chosen.file }
  if (dialect !== ctx.dialect.name) {
    const message = `${chosen.file} is a backup of ${dialect}: it was not restored here.`
    return [{ code: 'BACKUP_WRONG_DIALECT', severity: 'info', message, at }]
  }
  try {
    await withRestoredCopy(ctx, chosen, { swappable: false }, async () => {})
    return []
  } catch (thrown) {
    const error = asMigrateError(thrown)
    if (!ABOUT_THE_BACKUP.has(error.code)) throw error
    const { code, message, hint } = error
    return [{ code, severity: 'error', message, at, fix: hint }]
  }
}

const ABOUT_THE_BACKUP: ReadonlySet<MigrateError['code']> = new Set([
  'BACKUP_DAMAGED',
  'BACKUP_ENCRYPTED',
  'BACKUP_NEWER',
  'BACKUP_WRONG_DIALECT',
  'RESTORE_FAILED',
])
