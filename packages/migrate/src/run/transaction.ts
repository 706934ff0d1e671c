import type { TransactionOptions } from '../dialect/port.ts'
import type { LockedRun } from './session.ts'

/** The engine's own writes: enforced foreign keys, and no queueing for a lock beyond ten seconds. */
const OWN: TransactionOptions = { foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 10_000 }

/** Runs the engine's own writes in one transaction: all of them, or none. */
export async function inTransaction<T>(
  { writer, recorder }: Pick<LockedRun, 'writer' | 'recorder'>,
  body: () => Promise<T>,
  options: TransactionOptions = OWN,
): Promise<T> {
  await writer.begin(options)
  try {
    const result = await body()
    await writer.commit()
    recorder.settle(true)
    return result
  } catch (thrown) {
    await writer.rollback()
    recorder.settle(false)
    throw thrown
  }
}
