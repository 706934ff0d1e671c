import type { Finding, Migrator, UnencryptedBackup } from '@fossawork/migrate'
import type { Census } from './census.ts'
import type { PastEncryption } from './past.ts'

export type BackupAction = 'encrypt' | 'delete' | 'keep'

/** An unencrypted backup of this database, and what became of it. */
export interface OlderBackup {
  readonly file: string
  /** ISO 8601, UTC; null where nobody knows. */
  readonly takenAt: string | null
  readonly became: 'encrypted' | 'deleted' | 'kept' | 'named'
}

/** What becomes of so many of them; null where nobody says. */
export type ChooseAction = (count: number) => Promise<BackupAction | null>

export interface OlderBackupOptions {
  /**
   * What becomes of unencrypted backups: an action is for all of them, whatever stands in clear now; a function is asked
   * about those that may hold plain text, before anything is written. Without it they are only named.
   */
  readonly backups?: BackupAction | ChooseAction | undefined
  /** How long to wait for another run, in milliseconds. Default: the configuration's. */
  readonly waitMs?: number | undefined
}

export interface SettledBackups {
  readonly backups: readonly OlderBackup[]
  readonly findings: readonly Finding[]
}

/**
 * Finds the unencrypted backups that there are, and asks about them; what it returns does what was answered, once the
 * database itself is encrypted, and names those that stand as they are, unless that is meant.
 */
export async function settleOlderBackups(
  migrator: Migrator,
  past: PastEncryption,
  census: Census,
  { backups: choice, waitMs }: OlderBackupOptions,
): Promise<() => Promise<SettledBackups>> {
  const isSuspect = suspicion(past, census)
  const isAsked = typeof choice === 'function'
  const suspects = isAsked ? (await migrator.unencryptedBackups()).filter(isSuspect).length : 0
  const action = !isAsked ? choice : suspects ? await choice(suspects) : null
  return async () => {
    // the rotation may have removed some since
    const all = await migrator.unencryptedBackups()
    const chosen = isAsked ? all.filter(isSuspect) : all
    const { became, gone, findings } = await settle(migrator, chosen, action ?? null, waitMs)
    // those from after a proof hold nothing in clear: not worth a word unless something was done with them
    const told = all.filter((backup) => gone.has(backup.file) || isSuspect(backup) || !past.any)
    const backups = told.map(({ file, manifest }) => ({
      file,
      takenAt: manifest?.takenAt ?? null,
      became: gone.has(file) ? became : ('named' as const),
    }))
    const named = told.filter(({ file }) => !gone.has(file))
    return {
      backups,
      findings: [...findings, ...named.map((backup) => inClear(backup, isSuspect(backup)))],
    }
  }
}

/** Which backups hold plain text, as far as is known: all from before a proof that the database holds none. */
function suspicion(
  { any, owed, cleanSince }: PastEncryption,
  { total }: Census,
): (backup: UnencryptedBackup) => boolean {
  if (total.clear > 0 || owed.length || (any && cleanSince === null)) return () => true
  if (!any || cleanSince === null) return () => false
  return ({ manifest }) => manifest === null || manifest.takenAt <= cleanSince
}

const BECAME = { encrypt: 'encrypted', delete: 'deleted', keep: 'kept' } as const

async function settle(
  migrator: Migrator,
  chosen: readonly UnencryptedBackup[],
  action: BackupAction | null,
  waitMs: number | undefined,
) {
  const files = chosen.map(({ file }) => file)
  if (action === null || files.length === 0) {
    return { became: 'named' as const, gone: new Set<string>(), findings: [] }
  }
  const became = BECAME[action]
  if (action === 'keep') return { became, gone: new Set(files), findings: [] }
  const waiting = waitMs === undefined ? {} : { waitMs }
  const { backups, findings } = await migrator.protectBackups({ files, action, ...waiting })
  return { became, gone: new Set(backups.map(({ file }) => file)), findings }
}

const inClear = ({ file }: UnencryptedBackup, isSuspect: boolean): Finding => ({
  code: 'BACKUP_IN_CLEAR',
  severity: isSuspect ? 'warning' : 'info',
  message: isSuspect
    ? `${file} is not encrypted, and may still hold what stood in clear.`
    : `${file} is not encrypted. No secret stands in clear in the database now; what did when it was taken is not known.`,
  at: { file },
  fix: 'Run `encrypt-credentials --backups encrypt`, or with `delete`; `keep` leaves them knowingly.',
})
