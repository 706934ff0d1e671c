import { spaceContext } from './backup-folder.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './ensure-journal.ts'
import { recordExternalChanges } from './external-changes.ts'
import type { LockedRun } from './locked-run.ts'
import { retryOnLocks } from './retry.ts'
import { inTransaction } from './transaction.ts'

/**
 * What every run does before it changes anything: a verified backup, the journal's tables, and a note of what was
 * changed by hand since the last run. Returns the backup's file, or null where there is nothing to back up, or where a
 * command of the user's saw to it.
 */
export async function openRun(
  ctx: RunContext,
  run: LockedRun,
  options: { readonly backup: boolean; readonly verb: string },
): Promise<string | null> {
  const { journal } = run.world
  const isEmpty = journal.kind === 'none' && journal.otherTables.length === 0
  const wanted = options.backup && ctx.settings.backup !== 'off'
  const backup = wanted && !isEmpty ? await backUp(ctx, options.verb) : null
  if (!wanted && !isEmpty) await assertRoom(ctx)
  if (!wanted) {
    const reason = options.backup ? 'turned off in the configuration' : '--no-backup'
    ctx.emit({ type: 'backup.skipped', reason })
  }
  await retryOnLocks(ctx, run.writer, null, () =>
    inTransaction(run, async () => {
      await ensureJournal(ctx, run.recorder)
      if (journal.kind === 'ours') await recordExternalChanges(ctx, run)
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

/**
 * What a run writes beside a SQLite database needs room, which a backup of ours has looked for already; a server's disk
 * cannot be seen. Throws DISK_FULL.
 */
async function assertRoom(ctx: RunContext): Promise<void> {
  const { dialect } = ctx
  if (dialect.backup.restoreFolder === null) return
  const { assertSpace } = await import('../backup/space.ts')
  const { growth } = await dialect.backup.probe()
  await assertSpace([{ folder: dialect.home, bytes: growth }], 'The run', spaceContext(ctx))
}

interface Taken {
  /** Null for a command of the user's. */
  readonly file: string | null
  readonly [detail: string]: unknown
}

async function backUp(ctx: RunContext, verb: string): Promise<Taken> {
  const { backup } = ctx.settings
  if (typeof backup === 'object') {
    await assertRoom(ctx)
    const { runCommand } = await import('../backup/command.ts')
    await runCommand(backup.command, ctx)
    return { file: null, command: backup.command[0] }
  }
  const { rotate, takeBackup } = await import('./take-backup.ts')
  const { file, manifest } = await takeBackup(ctx, { kind: 'before', verb, run: ctx.runId })
  await rotate(ctx)
  return { file, bytes: manifest.bytes, sha256: manifest.sha256 }
}
