import { MigrateError } from '../errors.ts'
import type { JournalRow } from '../journal/read.ts'
import { sameDefinition } from '../schema/diff.ts'
import { type Fact, factKey, type Snapshot } from '../schema/snapshot.ts'
import { composeVersions, type SchemaVersions } from '../schema/versions.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { gatherFrom, type World } from './gather.ts'
import { openRun } from './open.ts'
import { withReader } from './reader.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

/** What an attempt at a version left behind. */
export interface Leftovers {
  /** Exactly what the version would make: its own. */
  readonly exact: readonly Fact[]
  /** Of a name that the version makes, but different: perhaps somebody else's. */
  readonly different: readonly Fact[]
}

/** What is there of `version`, besides what the applied versions make. */
export function findLeftovers(
  versions: SchemaVersions,
  version: string,
  applied: readonly string[],
  live: Snapshot,
): Leftovers {
  const expected = composeVersions(versions, applied)
  const exact: Fact[] = []
  const different: Fact[] = []
  for (const fact of versions.get(version)?.adds ?? []) {
    const found = live.get(factKey(fact))
    if (!found || expected.has(factKey(fact))) continue
    if (sameDefinition(fact, found)) exact.push(found)
    else different.push(found)
  }
  return { exact, different }
}

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
 * SCHEMA_DIFFERS when something has the right name and another definition, SNAPSHOT_MISSING, SNAPSHOT_STALE.
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
    await inTransaction(run, async () => {
      await run.recorder.claim(version, row)
      for (const statement of removal.statements) await run.writer.query(statement)
      await run.recorder.record(
        { ...row, status: 'rolled_back', rollbackAt: new Date().toISOString() },
        { event: 'rolled_back', detail: { leftovers: removal.removed } },
      )
    })
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
  const applied = world.graph.order.filter((id) => world.rows.get(id)?.status === 'applied')
  const versions = expectedVersions(ctx, world, [...applied, version])
  const { exact, different } = findLeftovers(versions, version, applied, live)
  if (different.length && !options.force) {
    throw new MigrateError('SCHEMA_DIFFERS', {
      message: `These have names that ${version} gives, but are not as it makes them: ${different.map(factKey).join(', ')}.`,
      hint: 'Look at them. To remove them as well, pass --force.',
    })
  }
  const facts = [...exact, ...different]
  return {
    version,
    removed: facts.map(factKey),
    statements: ctx.dialect.dropStatements(facts),
  }
}
