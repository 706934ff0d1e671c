import type { Finding } from '../finding.ts'
import type { LogEntry } from '../journal/chain.ts'

/** What a backup remembers of the log: its last entry when the backup was taken. */
export interface RememberedHead {
  readonly file: string
  readonly takenAt: string
  /** The run that it was taken before, if any. */
  readonly run: string | null
  readonly seq: number
  readonly hash: string
}

/**
 * The hash chain shows an entry that was edited, but not that its newest entries are gone: backups remember those.
 * What was backed up before the last restore belongs to another past.
 */
export function checkLogHeads(
  log: readonly LogEntry[],
  heads: readonly RememberedHead[],
): Finding[] {
  const restored = log.findLast(({ event }) => event === 'restored')
  const ours = heads.filter(
    ({ takenAt, run }) => !restored || (takenAt > restored.at && run !== restored.run),
  )
  const missing = ours.find(({ seq, hash }) => log[seq - 1]?.hash !== hash)
  if (!missing) return []
  const { file, takenAt, seq } = missing
  return [
    {
      code: 'JOURNAL_CHAIN_BROKEN',
      severity: 'error',
      message: `The backup ${file}, taken ${takenAt}, knows an entry ${seq} of schema_migration_log that is not there now: entries were removed or replaced.`,
      at: { object: `schema_migration_log ${seq}` },
      fix: 'Find out who changed the log, or put the database there; restore a backup if it cannot be trusted.',
    },
  ]
}
