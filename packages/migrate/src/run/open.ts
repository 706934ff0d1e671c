import { createBackup } from '../backup/create.ts'
import type { RunContext } from './context.ts'
import { recordExternalChanges } from './external-changes.ts'
import { retryOnLocks } from './retry.ts'
import type { LockedRun } from './session.ts'
import { inTransaction } from './transaction.ts'

/**
 * What every run does before it changes anything: a verified backup, the journal's tables, and a note of what was
 * changed by hand since the last run. Returns the backup's file, or null where there is nothing to back up.
 */
export async function openRun(
  ctx: RunContext,
  run: LockedRun,
  options: { readonly backup: boolean; readonly verb: string },
): Promise<string | null> {
  const { journal } = run.world
  const isEmpty = journal.kind === 'none' && journal.otherTables.length === 0
  const wanted = options.backup && ctx.settings.backup === 'required'
  const backup =
    wanted && !isEmpty
      ? await createBackup({
          dialect: ctx.dialect,
          folder: ctx.settings.backupDir,
          emit: ctx.emit,
          signal: ctx.signal,
        })
      : null
  if (!wanted) {
    const reason = options.backup ? 'turned off in the configuration' : '--no-backup'
    ctx.emit({ type: 'backup.skipped', reason })
  }
  await retryOnLocks(ctx, run.writer, null, () =>
    inTransaction(run, async () => {
      if (journal.kind === 'ours') await recordExternalChanges(ctx, run)
      else await run.recorder.createTables()
      if (backup) {
        const detail = { verb: options.verb, ...backup }
        await run.recorder.append({ event: 'backup_taken', detail })
      } else if (!wanted && !isEmpty) {
        await run.recorder.append({ event: 'backup_skipped', detail: { verb: options.verb } })
      }
    }),
  )
  return backup?.file ?? null
}
