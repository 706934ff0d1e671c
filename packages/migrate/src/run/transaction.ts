import type { TransactionOptions } from '../dialect/session.ts'
import type { LockedRun } from './locked-run.ts'

/** The engine's own writes: enforced foreign keys, and no queueing for a lock beyond ten seconds. */
const OWN: TransactionOptions = { foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 10_000 }

/**
 * Runs `body` and then `last` in one transaction: all of it, or nothing. `last` may only write the journal: where nobody
 * looks on, its statements share a round trip with the COMMIT.
 */
export async function inTransaction<T>(
  { writer, recorder }: Pick<LockedRun, 'writer' | 'recorder'>,
  body: () => Promise<T>,
  options: TransactionOptions = OWN,
  last?: () => Promise<void>,
): Promise<T> {
  await writer.begin(options)
  try {
    const result = await body()
    // a program must not find the transaction ended under it
    if (recorder.isObserved) await last?.()
    await writer.commit(recorder.isObserved ? undefined : last?.())
    recorder.settle(true)
    return result
  } catch (thrown) {
    await writer.rollback()
    recorder.settle(false)
    throw thrown
  }
}
