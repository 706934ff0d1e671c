import type { Expectation } from '../../config/expectations.ts'
import type { Dialect } from '../../dialect/port.ts'
import type { Writer } from '../../dialect/session.ts'
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

export const mendingOn = (ctx: RunContext, { writer }: LockedRun, live: Snapshot): Mending => ({
  dialect: ctx.dialect,
  writer,
  expectations: ctx.settings.expectations,
  live,
  runId: ctx.runId,
  mark: `${MARK}${ctx.runId}`,
  at: new Date().toISOString(),
})

/**
 * Moves rows in one transaction in which no foreign key acts by itself, and that proves at its end that none was broken
 * and that no table lost rows but those of `shrinks`.
 */
export const movingRows = <T>(
  ctx: RunContext,
  run: LockedRun,
  { live, shrinks }: { readonly live: Snapshot; readonly shrinks: readonly string[] },
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
      {
        foreignKeys: 'checked',
        shrinks: [...shrinks, ...derivedTables(live, ctx.settings.derivedTables)],
        lockTimeoutMs: ctx.settings.ddlLockTimeoutMs,
      },
    ),
  )

/** What triggers keep after other tables: as the project says, and what indexes the words of one. */
const derivedTables = (live: Snapshot, named: readonly string[]): string[] =>
  [...live.values()]
    .filter(({ kind }) => kind === 'table')
    .filter(({ name, is }) => is.virtual !== undefined || named.includes(name))
    .map(({ name }) => name)
