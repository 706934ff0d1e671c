import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { JournalRow } from '../journal/read.ts'
import { CHECKSUM_METHOD } from '../migration/checksum.ts'
import { closure } from '../migration/graph.ts'
import { unexplained } from '../plan/inspect.ts'
import { assertKnown } from '../plan/up.ts'
import {
  type Difference,
  describeDifference,
  diffSnapshots,
  factOf,
  isTableOf,
} from '../schema/diff.ts'
import { findLeftovers } from '../schema/leftovers.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'
import { composeVersions, type SchemaVersions } from '../schema/versions.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { assertExists, gatherFrom, type World } from './gather.ts'
import type { LockedRun } from './locked-run.ts'
import { openRun } from './open.ts'
import { withReader } from './reader.ts'
import { refuse } from './refuse.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

export interface TakeOverOptions {
  readonly dryRun: boolean
  readonly backup: boolean
  readonly waitMs: number
  /** Take the database as it is, differences and all; recorded. */
  readonly acceptDrift: boolean
}

export interface TakeOverResult {
  /** 'differs': nothing was written. */
  readonly outcome: 'done' | 'planned' | 'differs'
  /** The versions that the database is at, each with whether its part of the schema is as it should be. */
  readonly versions: readonly { version: string; equal: boolean }[]
  readonly differences: readonly string[]
  /** What failed versions left behind: the next `migrate` accepts it. */
  readonly leftovers: readonly { version: string; objects: readonly string[] }[]
  /** Tables that no migration made. */
  readonly unexplained: readonly string[]
  readonly backup: string | null
}

/** Takes over a database that another tool tracks: `adopt`. Throws JOURNAL_EXISTS, MIGRATION_MISSING. */
export async function adopt(ctx: RunContext, options: TakeOverOptions): Promise<TakeOverResult> {
  return takeOver(ctx, 'adopt', options, ({ journal, files, graph }) => {
    if (journal.kind !== 'foreign') {
      throw new MigrateError(journal.kind === 'ours' ? 'JOURNAL_EXISTS' : 'NOT_APPLIED', {
        message:
          journal.kind === 'ours'
            ? 'The database is tracked by this tool already.'
            : 'The database has no schema_migrations to adopt.',
        hint:
          journal.kind === 'ours' ? 'See `status`.' : 'Run `migrate`, or `baseline --version V`.',
      })
    }
    refuse(unexplained(journal, new Map(files.map((file) => [file.version, file]))))
    return graph.order.filter((version) => journal.rows.get(version)?.status === 'applied')
  })
}

/**
 * Starts a journal for a database that has none: `baseline`. `version` null: its tables have nothing to do with the
 * migrations. Throws JOURNAL_EXISTS, JOURNAL_FOREIGN, UNKNOWN_VERSION.
 */
export async function baseline(
  ctx: RunContext,
  version: string | null,
  options: TakeOverOptions,
): Promise<TakeOverResult> {
  return takeOver(ctx, 'baseline', options, (world) => {
    if (world.journal.kind !== 'none') {
      throw new MigrateError(world.journal.kind === 'ours' ? 'JOURNAL_EXISTS' : 'JOURNAL_FOREIGN')
    }
    if (version === null) return []
    assertKnown(world, version)
    const needed = closure([version], (id) => world.graph.dependencies.get(id) ?? [])
    return world.graph.order.filter((id) => needed.has(id))
  })
}

async function takeOver(
  ctx: RunContext,
  verb: 'adopt' | 'baseline',
  options: TakeOverOptions,
  versionsOf: (world: World) => string[],
): Promise<TakeOverResult> {
  await assertExists(ctx.dialect)
  const look = async (session: Session, world: World): Promise<Comparison> =>
    compare(ctx, world, versionsOf(world), await ctx.dialect.introspect(session))
  const differs = ({ differences }: Comparison): boolean =>
    differences.length > 0 && !options.acceptDrift

  // a database that is not taken over is not touched: not even its journal mode
  const first = await withReader(ctx.dialect, async (session) =>
    look(session, await gatherFrom(ctx, session, 'all')),
  )
  if (differs(first)) return { ...first, outcome: 'differs', backup: null }
  if (options.dryRun) return { ...first, outcome: 'planned', backup: null }

  const lockOptions = { purpose: verb, waitMs: options.waitMs, load: 'all' } as const
  return withLock(ctx, lockOptions, async (run) => {
    const found = await look(run.writer, run.world)
    if (differs(found)) return { ...found, outcome: 'differs', backup: null }
    const backup = await openRun(ctx, run, { backup: options.backup, verb })
    await inTransaction(run, () => stamp(ctx, run, verb, found))
    return { ...found, outcome: 'done', backup }
  })
}

type Comparison = Omit<TakeOverResult, 'outcome' | 'backup'>

/** What is there against what each version would have made. */
function compare(ctx: RunContext, world: World, applied: string[], live: Snapshot): Comparison {
  const failed = [...world.rows.values()].filter((row) => row.status === 'failed')
  const failedIds = failed.map((row) => row.version).filter((id) => world.migrations.has(id))
  const known =
    applied.length || failedIds.length
      ? expectedVersions(ctx, world, [...applied, ...failedIds])
      : new Map()
  const leftovers = failedIds.map((version) => ({
    version,
    objects: findLeftovers(known, version, applied, live).exact.map(factKey),
  }))
  const leftBehind = new Set(leftovers.flatMap(({ objects }) => objects))
  const all = diffSnapshots(composeVersions(known, applied), live).filter(
    (difference) =>
      !(difference.kind === 'unexpected' && leftBehind.has(difference.key)) &&
      !isTableOf(difference, ctx.settings.ownTables),
  )
  const isNote = ({ kind, actual }: Difference): boolean =>
    kind === 'unexpected' && actual?.table === null && !isMadeByAny(known, factKey(actual))
  const differences = all.filter((difference) => !isNote(difference))
  return {
    versions: applied.map((version) => ({
      version,
      equal: !differences.some((difference) => concerns(known, version, difference)),
    })),
    differences: differences.map(describeDifference),
    leftovers: leftovers.filter(({ objects }) => objects.length > 0),
    unexplained: all.filter(isNote).map(({ key }) => key),
  }
}

const isMadeByAny = (known: SchemaVersions, key: string): boolean =>
  [...known.values()].some(({ adds }) => adds.some((fact) => factKey(fact) === key))

/** Whether a difference is in what a version makes, or on a table that it makes. */
function concerns(known: SchemaVersions, version: string, difference: Difference): boolean {
  const { table } = factOf(difference)
  return (known.get(version)?.adds ?? []).some(
    (fact) => factKey(fact) === difference.key || (fact.kind === 'table' && fact.name === table),
  )
}

async function stamp(
  ctx: RunContext,
  run: LockedRun,
  verb: 'adopt' | 'baseline',
  findings: Comparison,
): Promise<void> {
  const { writer, recorder, world } = run
  const versions = findings.versions.map(({ version }) => version)
  const { widenVersion } = ctx.dialect.journalTypes
  if (verb === 'adopt' && widenVersion) await writer.query(widenVersion)
  const event = verb === 'adopt' ? 'adopted' : 'baselined'
  const { differences } = findings
  if (versions.length === 0 && verb === 'baseline') {
    await recorder.append({ event, detail: { differences } })
  }
  for (const version of versions) {
    const before = world.rows.get(version)
    await recorder.record(stampedRow(world, version, before), {
      event,
      detail: { differences, before: before?.checksum ?? null },
    })
  }
  for (const row of world.rows.values()) {
    if (row.status === 'applied') continue
    // history that is kept; of a failure nobody knows what is there, so its rollback will look
    const objects = findings.leftovers.find(({ version }) => version === row.version)?.objects ?? []
    const metadata = { ...row.metadata, ...(row.status === 'failed' && { partial: true }) }
    await recorder.record({ ...row, metadata }, { event, detail: { leftovers: objects } })
  }
}

function stampedRow(world: World, version: string, before: JournalRow | undefined) {
  const migration = world.loaded.get(version)
  return {
    version,
    description: migration?.description ?? before?.description ?? null,
    appliedAt: before?.appliedAt ?? new Date().toISOString(),
    executionTimeMs: before?.executionTimeMs ?? null,
    checksum: migration?.checksum ?? null,
    status: 'applied' as const,
    rollbackAt: null,
    errorMessage: null,
    metadata: {
      ...before?.metadata,
      dependencies: world.graph.dependencies.get(version) ?? [],
      checksum_method: CHECKSUM_METHOD,
    },
  }
}
