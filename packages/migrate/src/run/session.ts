import type { RunLock } from '../dialect/port.ts'
import type { Writer } from '../dialect/session.ts'
import { createRecorder, type Recorder } from '../journal/record.ts'
import type { Migration } from '../migration/load.ts'
import { backupFolder } from './backup-folder.ts'
import type { RunContext } from './context.ts'
import { gatherFrom, type World } from './gather.ts'

/** What a run has while it holds the lock. */
export interface LockedRun {
  readonly writer: Writer
  readonly lock: RunLock
  readonly world: World
  readonly recorder: Recorder
}

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
  })
  try {
    const world = await gatherFrom(ctx, writer, options.load, options.loaded)
    const recorder = createRecorder(writer, {
      dialect: ctx.dialect,
      actor: { ...ctx.actor, dbUser: writer.user },
      runId: ctx.runId,
      head: world.journal.head,
      prefix: await ctx.dialect.journalPrefix(writer),
    })
    return await body({ writer, lock, world, recorder })
  } finally {
    await writer.close()
  }
}
