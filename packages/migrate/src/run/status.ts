import type { Finding } from '../finding.ts'
import type { JournalRow } from '../journal/read.ts'
import { compareVersions } from '../migration/version.ts'
import { inspectJournal } from '../plan/inspect.ts'
import { pendingVersions } from '../plan/up.ts'
import type { RunContext } from './context.ts'
import { gather, type World } from './gather.ts'

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
  /** Every version in the order in which they run; those that only the journal knows stand where their names put them. */
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
  /** Of a failed version. */
  readonly errorMessage: string | null
}

/** Reads files and journal; writes nothing at all. */
export async function readStatus(ctx: RunContext): Promise<Status> {
  const world = await gather(ctx, 'pending')
  const order = withStrangers(world)
  const stateOf = (version: string): VersionState => {
    const row = world.rows.get(version)
    return {
      version,
      description: world.migrations.get(version)?.description ?? row?.description ?? version,
      status: row?.status ?? 'pending',
      appliedAt: row?.status === 'applied' ? row.appliedAt : null,
      executionTimeMs: row?.executionTimeMs ?? null,
      errorMessage: row?.status === 'failed' ? row.errorMessage : null,
    }
  }
  return {
    database: ctx.dialect.location,
    dialect: ctx.dialect.name,
    exists: await ctx.dialect.exists(),
    journal: world.journal.kind,
    current: order.findLast((version) => world.rows.get(version)?.status === 'applied') ?? null,
    versions: order.map(stateOf),
    pending: pendingVersions(world),
    findings: inspectJournal(world.journal, world.files),
  }
}

function withStrangers({ graph, rows, migrations }: World): string[] {
  const order = [...graph.order]
  const strangers = [...rows.keys()].filter((version) => !migrations.has(version))
  for (const stranger of strangers.sort(compareVersions)) {
    const before = order.findLastIndex((version) => compareVersions(version, stranger) < 0)
    order.splice(before + 1, 0, stranger)
  }
  return order
}
