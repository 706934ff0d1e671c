import type { RunLock } from '../dialect/port.ts'
import type { Migration } from '../migration/load.ts'
import { backupFolder } from './backup-folder.ts'
import type { RunContext } from './context.ts'
import { gatherFrom } from './gather.ts'
import type { LockedRun } from './locked-run.ts'
import { openRecorder } from './recorder.ts'

export interface LockOptions {
  /** The verb, for those who wait. */
  readonly purpose: string
  readonly waitMs: number
  readonly load: 'pending' | 'all'
  /** What was loaded before the lock was taken. */
  readonly loaded?: ReadonlyMap<string, Migration>
  /** It may add many rows. Default false. */
  readonly manyRows?: boolean
}

/** Takes the lock, opens the run's connection, reads the world anew, and lets go of both whatever happens. */
export const withLock = <T>(
  ctx: RunContext,
  options: LockOptions,
  body: (run: LockedRun) => Promise<T>,
): Promise<T> => holdLock(ctx, options, (lock) => withWriter(ctx, lock, options, body))

/** Takes the lock alone, removes what killed runs left half written, and lets go of the lock whatever happens. */
export async function holdLock<T>(
  ctx: RunContext,
  options: Pick<LockOptions, 'purpose' | 'waitMs'>,
  body: (lock: RunLock) => Promise<T>,
): Promise<T> {
  const started = performance.now()
  const lock = await ctx.dialect.acquireLock({
    runId: ctx.runId,
    purpose: options.purpose,
    waitMs: options.waitMs,
    signal: ctx.signal,
    onWaiting: (holder, waitedMs) => ctx.emit({ type: 'lock.waiting', holder, waitedMs }),
  })
  try {
    ctx.emit({ type: 'lock.acquired', waitedMs: Math.round(performance.now() - started) })
    if (lock.terminated) ctx.emit({ type: 'lock.takeover', terminated: lock.terminated })
    await removeLeft(ctx)
    return await body(lock)
  } finally {
    await lock.release()
  }
}

async function removeLeft(ctx: RunContext): Promise<void> {
  const { sweep } = await import('../backup/sweep.ts')
  const findings = await sweep(backupFolder(ctx), ctx.dialect)
  for (const finding of findings) ctx.emit({ type: 'finding', finding })
}

async function withWriter<T>(
  ctx: RunContext,
  lock: RunLock,
  options: LockOptions,
  body: (run: LockedRun) => Promise<T>,
): Promise<T> {
  const writer = await ctx.dialect.openWriter({
    runId: ctx.runId,
    manyRows: options.manyRows ?? false,
    onNotice: (severity, message) => ctx.emit({ type: 'notice', severity, message }),
    onIndexProgress: (progress) => ctx.emit({ type: 'index.progress', ...progress }),
  })
  try {
    const world = await gatherFrom(ctx, writer, options.load, options.loaded)
    const recorder = await openRecorder(ctx, ctx.dialect, writer, world.journal)
    const run = { writer, lock, world, recorder }
    // what a run that failed left is there as well
    return await body(run).finally(() => keep(ctx, run))
  } finally {
    await writer.close()
  }
}

/** A run that wrote nothing has nothing to keep, and loads nothing for it. */
async function keep(ctx: RunContext, run: LockedRun): Promise<void> {
  if (run.recorder.head().seq === run.world.journal.head.seq) return
  const { keepSchema } = await import('./keep.ts')
  await keepSchema(ctx, run)
}
