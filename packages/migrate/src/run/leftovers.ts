import { MigrateError } from '../errors.ts'
import type { JournalRow } from '../journal/read.ts'
import { findLeftovers, type Leftovers } from '../schema/leftovers.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { gatherFrom, type World } from './gather.ts'
import { openRun } from './open.ts'
import { withReader } from './reader.ts'
import { assertOurs } from './refuse.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'
import { withWayBack } from './way-back.ts'

export interface RemovalResult {
  readonly outcome: 'done' | 'planned'
  readonly version: string
  /** Keys of what was (or would be) removed. */
  readonly removed: readonly string[]
  readonly statements: readonly string[]
  readonly backup: string | null
}

export interface RemovalOptions {
  readonly version: string
  readonly dryRun: boolean
  readonly backup: boolean
  readonly waitMs: number
  /** Also remove what has the right name and another definition. */
  readonly force: boolean
}

/** Whether a rollback of this row means removing leftovers rather than running `down`. */
export const hasLeftovers = (row: JournalRow | undefined): boolean =>
  row?.status === 'failed' || row?.status === 'running'

/**
 * Rolls a failed or abandoned version back by removing what it left, in one transaction with its row. Throws
 * SCHEMA_DIFFERS when something has the right name and another definition or when the attempt also took something
 * away, SNAPSHOT_MISSING, SNAPSHOT_STALE, JOURNAL_FOREIGN.
 */
export async function removeLeftovers(
  ctx: RunContext,
  options: RemovalOptions,
): Promise<RemovalResult> {
  const { version } = options
  if (options.dryRun) {
    return withReader(ctx.dialect, async (session) => {
      const world = await gatherFrom(ctx, session, 'pending')
      const live = await ctx.dialect.introspect(session)
      return { outcome: 'planned', ...plannedRemoval(ctx, world, options, live), backup: null }
    })
  }
  const lockOptions = { purpose: 'rollback', waitMs: options.waitMs, load: 'pending' } as const
  return withLock(ctx, lockOptions, async (run) => {
    const row = run.world.rows.get(version)
    if (!row || !hasLeftovers(row)) {
      throw new MigrateError('PLAN_STALE', {
        message: `${version} is no longer failed or running: another runner has dealt with it.`,
      })
    }
    const live = await ctx.dialect.introspect(run.writer)
    const removal = plannedRemoval(ctx, run.world, options, live)
    const backup = await openRun(ctx, run, { backup: options.backup, verb: 'rollback' })
    const { partial: _, ...metadata } = row.metadata
    await withWayBack(backup, () =>
      inTransaction(run, async () => {
        await run.recorder.claim(version, row, row.checksum)
        for (const statement of removal.statements) await run.writer.query(statement)
        await run.recorder.record(
          { ...row, metadata, status: 'rolled_back', rollbackAt: new Date().toISOString() },
          { event: 'rolled_back', detail: { leftovers: removal.removed } },
        )
      }),
    )
    return { outcome: 'done', ...removal, backup }
  })
}

function plannedRemoval(
  ctx: RunContext,
  world: World,
  options: RemovalOptions,
  live: Snapshot,
): Pick<RemovalResult, 'version' | 'removed' | 'statements'> {
  const { version } = options
  assertOurs(world.journal)
  const { exact, different, damaged } = leftoversOf(ctx, world, version, live)
  if (damaged.length) {
    throw new MigrateError('SCHEMA_DIFFERS', {
      message: `The attempt at ${version} removed or changed what others made, and that does not come back by removing its leftovers: ${damaged.map(factKey).join(', ')}.`,
      hint: `Restore the backup that was taken before it, or mend these by hand and then say so with \`repair --version ${version} --set rolled_back --reason "…"\`.`,
    })
  }
  if (different.length && !options.force) {
    throw new MigrateError('SCHEMA_DIFFERS', {
      message: `These have names that ${version} gives, but are not as it makes them: ${different.map(factKey).join(', ')}.`,
      hint: `Look at them. To remove them as well: \`rollback --version ${version} --force\`.`,
    })
  }
  const facts = [...exact, ...different]
  return {
    version,
    removed: facts.map(factKey),
    statements: ctx.dialect.dropStatements(facts),
  }
}

/**
 * What a version that failed or was left running has left. A step in a transaction left nothing: what has its names is
 * somebody else's. Throws SNAPSHOT_MISSING, SNAPSHOT_STALE.
 */
export function leftoversOf(
  ctx: RunContext,
  world: World,
  version: string,
  live: Snapshot,
): Leftovers {
  const row = world.rows.get(version)
  const partial = row?.status === 'running' || row?.metadata.partial === true
  if (!partial) return { exact: [], different: [], damaged: [] }
  const applied = world.graph.order.filter((id) => world.rows.get(id)?.status === 'applied')
  const versions = expectedVersions(ctx, world, [...applied, version])
  return findLeftovers(versions, version, applied, live)
}
