import type { Finding, Migrator, UnencryptedBackup } from '@fossawork/migrate'

export type BackupAction = 'encrypt' | 'delete' | 'keep'

/** An unencrypted backup from before the secrets were encrypted, and what became of it. */
export interface OlderBackup {
  readonly file: string
  /** ISO 8601, UTC; null where nobody knows. */
  readonly takenAt: string | null
  readonly became: 'encrypted' | 'deleted' | 'kept' | 'named'
}

/** What becomes of so many of them; null where nobody says. */
export type ChooseAction = (count: number) => Promise<BackupAction | null>

export interface OlderBackupOptions {
  readonly backups?: BackupAction | ChooseAction | undefined
  readonly waitMs?: number | undefined
}

/**
 * Does what was asked with the unencrypted backups that were taken until a point in time, or with all of them without
 * one. Names those that stand as they are, unless that is meant.
 */
export async function settleOlderBackups(
  migrator: Migrator,
  until: string | null,
  options: OlderBackupOptions,
): Promise<{ backups: OlderBackup[]; findings: Finding[] }> {
  const older = (await migrator.unencryptedBackups()).filter(
    ({ manifest }) => until === null || manifest === null || manifest.takenAt <= until,
  )
  if (older.length === 0) return { backups: [], findings: [] }
  const action = await chosen(options.backups, older.length)
  const { became, gone, findings } = await settle(migrator, older, action, options.waitMs)
  const backups = older.map(({ file, manifest }) => ({
    file,
    takenAt: manifest?.takenAt ?? null,
    became: action === 'keep' || gone.has(file) ? became : ('named' as const),
  }))
  const named = backups.filter((backup) => backup.became === 'named')
  return { backups, findings: [...findings, ...named.map(inClear)] }
}

async function chosen(
  backups: OlderBackupOptions['backups'],
  count: number,
): Promise<BackupAction | null> {
  return typeof backups === 'function' ? backups(count) : (backups ?? null)
}

const BECAME = { encrypt: 'encrypted', delete: 'deleted', keep: 'kept' } as const

async function settle(
  migrator: Migrator,
  older: readonly UnencryptedBackup[],
  action: BackupAction | null,
  waitMs: number | undefined,
) {
  const became = action === null ? ('named' as const) : BECAME[action]
  if (action === null || action === 'keep') return { became, gone: new Set<string>(), findings: [] }
  const files = older.map(({ file }) => file)
  const waiting = waitMs === undefined ? {} : { waitMs }
  const { backups, findings } = await migrator.protectBackups({ files, action, ...waiting })
  return { became, gone: new Set(backups.map(({ file }) => file)), findings }
}

const inClear = ({ file }: { readonly file: string }): Finding => ({
  code: 'BACKUP_IN_CLEAR',
  severity: 'warning',
  message: `${file} is not encrypted, and may still hold what stood in clear.`,
  at: { file },
  fix: 'Run `encrypt-credentials --backups encrypt`, or with `delete`; `keep` leaves them knowingly.',
})
