import { MigrateError } from '../errors.ts'
import type { LockHolder } from '../events.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './ensure-journal.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

export interface UnlockResult {
  readonly outcome: 'done' | 'nothing'
  /** Whose lock was broken; null where nobody held it. */
  readonly holder: LockHolder | null
}

/**
 * Breaks the run lock. Locks die with their process, so there is none left over from a crash: whoever holds it is
 * alive. Throws LOCK_HELD unless `force`, and always on SQLite, where only ending the process frees it.
 */
export async function unlock(ctx: RunContext, force: boolean): Promise<UnlockResult> {
  const holder = await ctx.dialect.lockHolder()
  if (!holder) return { outcome: 'nothing', holder }
  if (!force) {
    const { pid, host, user, since, purpose } = holder
    throw new MigrateError('LOCK_HELD', {
      message: `The lock is held by process ${pid} on ${host} (${user}), running ${purpose} since ${since}.`,
    })
  }
  await ctx.dialect.breakLock()
  await withLock(ctx, { purpose: 'unlock', waitMs: 5_000, load: 'pending' }, (run) =>
    inTransaction(run, async () => {
      if (run.world.journal.kind !== 'ours') return
      await ensureJournal(ctx, run.recorder)
      await run.recorder.append({ event: 'unlocked', detail: { ...holder } })
    }),
  )
  return { outcome: 'done', holder }
}
