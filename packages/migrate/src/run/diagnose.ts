import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { LockHolder } from '../events.ts'
import type { Finding } from '../finding.ts'
import type { LogEntry } from '../journal/chain.ts'
import { type JournalRow, readLog } from '../journal/read.ts'
import type { MigrationFile } from '../migration/files.ts'
import { inspectJournal } from '../plan/inspect.ts'
import { factKey } from '../schema/snapshot.ts'
import type { RunContext } from './context.ts'
import { assertExists, gatherFrom, rowOf, type World } from './gather.ts'
import { leftoversOf } from './leftovers.ts'
import { withReader } from './reader.ts'
import { assertOurs } from './refuse.ts'
import { sourceDifference } from './source-difference.ts'
import { type LeftBehind, type Problem, type WayOut, waysOut } from './ways-out.ts'

/** What is known of a version that needs to be put right. */
export interface Diagnosis {
  readonly version: string
  readonly problem: Problem | null
  /** What is wrong, as a sentence; of a sound version, its state. */
  readonly message: string
  readonly status: string
  /** Since when it is in that state: ISO 8601, UTC. */
  readonly since: string
  /** The log's entry that left it in that state; null where it was changed by hand. */
  readonly entry: LogEntry | null
  /** Of a version that failed. */
  readonly error: string | null
  /** Whose run holds the lock now; of a version that is running. */
  readonly holder: LockHolder | null
  /** What the attempt left; null where that is not the question, or not known: then `unknown` says why. */
  readonly left: LeftBehind | null
  readonly unknown: string | null
  /** How the file differs from what was applied, as a unified difference; null where the old text is not kept. */
  readonly difference: string | null
  readonly waysOut: readonly WayOut[]
}

/** Says what is wrong with a version, and what can be done. Writes nothing. Throws NOTHING_TO_REPAIR for one without a row. */
export async function diagnose(ctx: RunContext, version: string): Promise<Diagnosis> {
  await assertExists(ctx.dialect)
  return withReader(ctx.dialect, async (session) => {
    const world = await gatherFrom(ctx, session, 'pending')
    assertOurs(world.journal)
    const row = rowOf(world, version)
    const file = world.files.find((one) => one.version === version)
    const finding = inspectJournal(world.journal, world.files).find(
      ({ at }) => at?.version === version,
    )
    const problem = problemOf(row, finding)
    const entry = (await readLog(session)).findLast(
      (one) => one.version === version && one.status !== null,
    )
    const known = entry?.status === row.status ? entry : null
    const holder = problem === 'running' ? await ctx.dialect.lockHolder() : null
    const { left, unknown } = await leftBy(ctx, world, session, row, file)
    const difference =
      problem === 'changed' && file
        ? await sourceDifference(session, world.journal, row, file)
        : null
    const hasFile = file !== undefined
    return {
      version,
      problem,
      message: finding?.message ?? (problem ? `${version} failed.` : soundness(row, hasFile)),
      status: row.status,
      since: known?.at ?? row.appliedAt,
      entry: known,
      error: problem === 'failed' ? row.errorMessage : null,
      holder,
      left,
      unknown,
      difference,
      waysOut: problem ? waysOut({ problem, row, hasFile, left, isLocked: holder !== null }) : [],
    }
  })
}

const PROBLEMS: Readonly<Partial<Record<Finding['code'], Problem>>> = {
  JOURNAL_DIRTY: 'running',
  STATUS_UNKNOWN: 'unknown status',
  CHECKSUM_MISMATCH: 'changed',
  MIGRATION_MISSING: 'missing',
  DATABASE_NEWER: 'newer',
}

const problemOf = (row: JournalRow, finding: Finding | undefined): Problem | null =>
  (finding && PROBLEMS[finding.code]) ?? (row.status === 'failed' ? 'failed' : null)

const soundness = ({ version, status }: JournalRow, hasFile: boolean): string =>
  status === 'applied'
    ? `${version} is applied, as its file is now.`
    : `${version} is ${status.replace('_', ' ')}${hasFile ? '' : ', and has no file'}.`

interface Left {
  readonly left: LeftBehind | null
  readonly unknown: string | null
}

async function leftBy(
  ctx: RunContext,
  world: World,
  session: Session,
  row: JournalRow,
  file: MigrationFile | undefined,
): Promise<Left> {
  if (row.status !== 'running' && row.status !== 'failed') return { left: null, unknown: null }
  if (!file) return { left: null, unknown: 'Its file, which says what it makes, is not there.' }
  try {
    const live = await ctx.dialect.introspect(session)
    const { exact, different, damaged } = leftoversOf(ctx, world, row.version, live)
    return {
      left: {
        objects: exact.map(factKey),
        different: different.map((fact) =>
          fact.is.invalid === true ? `${factKey(fact)} (not valid)` : factKey(fact),
        ),
        damaged: damaged.map(factKey),
      },
      unknown: null,
    }
  } catch (thrown) {
    if (!(thrown instanceof MigrateError) || !/^SNAPSHOT_/.test(thrown.code)) throw thrown
    return { left: null, unknown: thrown.message }
  }
}
