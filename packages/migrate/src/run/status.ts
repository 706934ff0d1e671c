import type { Finding } from '../finding.ts'
import type { JournalRow } from '../journal/read.ts'
import { inspectJournal } from '../plan/inspect.ts'
import { currentVersion, pendingVersions } from '../plan/up.ts'
import type { RunContext } from './context.ts'
import { gather } from './gather.ts'

/** Where a database stands. */
export interface Status {
  /** Where it is, without secrets. */
  readonly database: string
  readonly dialect: string
  /** False for a SQLite file that is not there yet. */
  readonly exists: boolean
  readonly journal: 'none' | 'foreign' | 'ours'
  /** The last applied version in topological order. */
  readonly current: string | null
  /** Every version: those of the files in the order in which they run, then those that only the journal knows. */
  readonly versions: readonly VersionState[]
  readonly pending: readonly string[]
  /** What stands in the way of a run. */
  readonly findings: readonly Finding[]
}

export interface VersionState {
  readonly version: string
  readonly description: string
  /** `pending` where the journal has no row. */
  readonly status: JournalRow['status'] | 'pending'
  readonly appliedAt: string | null
  readonly executionTimeMs: number | null
}

/** Reads files and journal; writes nothing at all. */
export async function readStatus(ctx: RunContext): Promise<Status> {
  const world = await gather(ctx, 'pending')
  const only = [...world.rows.keys()].filter((version) => !world.migrations.has(version))
  const stateOf = (version: string): VersionState => {
    const row = world.rows.get(version)
    return {
      version,
      description: world.migrations.get(version)?.description ?? row?.description ?? version,
      status: row?.status ?? 'pending',
      appliedAt: row?.status === 'applied' ? row.appliedAt : null,
      executionTimeMs: row?.executionTimeMs ?? null,
    }
  }
  return {
    database: ctx.dialect.location,
    dialect: ctx.dialect.name,
    exists: await ctx.dialect.exists(),
    journal: world.journal.kind,
    current: currentVersion(world),
    versions: [...world.graph.order, ...only].map(stateOf),
    pending: pendingVersions(world),
    findings: inspectJournal(world.journal, world.files),
  }
}
