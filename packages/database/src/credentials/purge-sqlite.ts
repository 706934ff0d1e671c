import type { Work } from '@fossawork/migrate'
import {
  incompleteAgain,
  inTheWay,
  type Purged,
  type PurgeOptions,
  told,
  untilDone,
} from './patience.ts'

/**
 * Writes the whole file anew, so that no free page holds what was there before, then empties the WAL into it. Takes room
 * for a second copy, and keeps writers waiting meanwhile.
 */
export async function purgeSqlite(work: Work, { tables, waitMs }: PurgeOptions): Promise<Purged> {
  const findings = await vacuum(work, waitMs)
  return { owed: findings.length ? tables : [], findings }
}

const vacuum = (work: Work, waitMs: number) =>
  told(async () => {
    work.progress({ phase: 'purging', done: 0, total: null, unit: 'rows', note: 'VACUUM' })
    // SQLite waits without letting anything else happen here, a Ctrl-C among it: rather try often
    await work.query('PRAGMA busy_timeout=200')
    await work.query('PRAGMA secure_delete=ON')
    const vacuumed = await untilDone(work, waitMs, () =>
      work.query('VACUUM').then(() => true, inTheWay),
    )
    if (!vacuumed) {
      return [
        incompleteAgain('others kept the file busy.', 'End what reads or writes it for long.'),
      ]
    }
    const emptied = await untilDone(work, waitMs, async () => {
      const { rows } = await work.query<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
      return rows[0]?.busy === 0
    })
    if (emptied) return []
    return [
      incompleteAgain(
        'others read an older state of the file, which stays in it and in its WAL as long.',
        'End what has a transaction open on it.',
      ),
    ]
  })
