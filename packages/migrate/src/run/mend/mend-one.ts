import type { Mend } from '../../finding.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import type { RunContext } from '../context.ts'
import type { LockedRun } from '../locked-run.ts'
import { retryOnLocks } from '../retry.ts'
import { inTransaction } from '../transaction.ts'
import { indexBuild } from './index-mends.ts'
import { finished, type Mended } from './mended.ts'
import { mendingOn, movingRows } from './mending.ts'
import { mayShrink, moveToQuarantine } from './quarantine.ts'
import { seedRows } from './seed-rows.ts'

/** Mends one thing and records it; null where another mend has done it already. */
export async function mendOne(ctx: RunContext, run: LockedRun, mend: Mend): Promise<Mended | null> {
  const live = await ctx.dialect.introspect(run.writer)
  switch (mend.kind) {
    case 'build_index':
    case 'rebuild_index':
      return buildIndex(ctx, run, live, mend)
    case 'seed_rows':
      return inOne(ctx, run, async () => {
        const { expectations } = ctx.settings
        const rows = await seedRows({ writer: run.writer, expectations, live }, mend)
        return rows === 0 ? null : record(run, finished(mend, [{ table: mend.table, rows }]))
      })
    case 'quarantine': {
      const mending = mendingOn(ctx, run, live)
      const shrinks = mayShrink(mending, mend.table)
      return movingRows(ctx, run, { live, shrinks }, async () => {
        const moved = await moveToQuarantine(mending, mend)
        return moved.length === 0 ? null : record(run, finished(mend, moved))
      })
    }
  }
}

async function buildIndex(
  ctx: RunContext,
  run: LockedRun,
  live: Snapshot,
  mend: Extract<Mend, { kind: 'build_index' | 'rebuild_index' }>,
): Promise<Mended> {
  const { statements, alone } = await indexBuild(ctx, run.world, live, mend)
  const build = async (): Promise<void> => {
    for (const statement of statements) await run.writer.query(statement)
  }
  const done = finished(mend)
  if (!alone) {
    return inOne(ctx, run, async () => {
      await build()
      return record(run, done)
    })
  }
  await run.lock.assertHeld()
  await build()
  return inOne(ctx, run, () => record(run, done))
}

const inOne = <T>(ctx: RunContext, run: LockedRun, body: () => Promise<T>): Promise<T> =>
  retryOnLocks(ctx, run.writer, null, () =>
    inTransaction(run, async () => {
      await run.lock.assertHeld()
      return body()
    }),
  )

async function record({ recorder }: LockedRun, done: Mended): Promise<Mended> {
  const { kind, object, what, rows } = done
  await recorder.append({ event: 'mended', detail: { mend: kind, object, what, rows } })
  return done
}
