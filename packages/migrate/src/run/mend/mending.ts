import type { Expectation } from '../../config/expectations.ts'
import type { Dialect } from '../../dialect/port.ts'
import type { TransactionOptions, Writer } from '../../dialect/session.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import type { RunContext } from '../context.ts'
import type { LockedRun } from '../locked-run.ts'
import { retryOnLocks } from '../retry.ts'
import { inTransaction } from '../transaction.ts'

/** What moving rows works with. */
export interface Mending {
  readonly dialect: Dialect
  readonly writer: Pick<Writer, 'query'>
  readonly expectations: readonly Expectation[]
  /** The schema as it is now. */
  readonly live: Snapshot
  readonly runId: string
  /** Marks the rows that are on their way, while their transaction is open. */
  readonly mark: string
  /** ISO 8601, UTC. */
  readonly at: string
}

/** What a mark begins with; no run's id does. */
export const MARK = '>'

/** SQL that is true of the rows of a quarantine that are on their way into it. */
export const markedBy = ({ mark }: Mending): string => `quarantine_run LIKE '${mark}%'`

export const mendingOn = (ctx: RunContext, { writer }: LockedRun, live: Snapshot): Mending => ({
  dialect: ctx.dialect,
  writer,
  expectations: ctx.settings.expectations,
  live,
  runId: ctx.runId,
  mark: `${MARK}${ctx.runId}`,
  at: new Date().toISOString(),
})

interface Moving {
  readonly live: Snapshot
  readonly shrinks: readonly string[]
}

/**
 * Moves rows in one transaction in which no foreign key acts by itself, and that proves at its end that none was broken
 * and that no table lost rows but those of `shrinks`.
 */
export const movingRows = <T>(
  ctx: RunContext,
  run: LockedRun,
  moving: Moving,
  body: () => Promise<T>,
): Promise<T> =>
  retryOnLocks(ctx, run.writer, null, () =>
    inTransaction(
      run,
      async () => {
        await run.lock.assertHeld()
        const result = await body()
        await run.writer.check()
        ctx.signal.throwIfAborted()
        await run.lock.assertHeld()
        return result
      },
      movingOptions(ctx, moving),
    ),
  )

/** No foreign key acts in it, and no table may lose rows but those of `shrinks`. */
export const movingOptions = (
  { settings }: RunContext,
  { live, shrinks }: Moving,
): TransactionOptions => ({
  foreignKeys: 'checked',
  shrinks: [...shrinks, ...derivedTables(live, settings.derivedTables)],
  lockTimeoutMs: settings.ddlLockTimeoutMs,
})

/** What triggers keep after other tables: as the project says, and what indexes the words of one. */
const derivedTables = (live: Snapshot, named: readonly string[]): string[] =>
  [...live.values()]
    .filter(({ kind }) => kind === 'table')
    .filter(({ name, is }) => is.virtual !== undefined || named.includes(name))
    .map(({ name }) => name)
