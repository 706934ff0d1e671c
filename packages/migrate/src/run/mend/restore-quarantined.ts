import { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import { quarantinedTables } from '../../validate/in-quarantine.ts'
import { quarantineOf } from '../../validate/schema.ts'
import type { RunContext } from '../context.ts'
import { assertExists } from '../gather.ts'
import type { LockedRun } from '../locked-run.ts'
import { openRun } from '../open.ts'
import { withReader } from '../reader.ts'
import { assertOurs } from '../refuse.ts'
import { retryOnLocks } from '../retry.ts'
import { withLock } from '../session.ts'
import { withWayBack } from '../way-back.ts'
import { dropEmptied } from './drop-emptied.ts'
import { type Mending, mendingOn, movingOptions, movingRows } from './mending.ts'
import { putBackEach } from './put-back-each.ts'
import type { MovedRows } from './remove-copied.ts'
import { whatStays } from './what-stays.ts'

export interface RestoreQuarantinedOptions {
  /** Only the rows of this table; null for all. */
  readonly table: string | null
  readonly dryRun: boolean
  readonly backup: boolean
  readonly waitMs: number
}

export interface RestoreQuarantinedResult {
  readonly outcome: 'done' | 'nothing' | 'planned'
  /** Rows that are (or would be) back in their tables. */
  readonly restored: readonly MovedRows[]
  /** IN_QUARANTINE for every table of which rows stay, with the reasons; a note where an empty quarantine stays. */
  readonly findings: readonly Finding[]
  readonly backup: string | null
}

/**
 * Puts the rows back that `validate --fix` took out and whose parents are there again, in one transaction with its entry
 * in the log; those of a table that refuses one of them stay. A dry run tries it and rolls it back. Throws
 * NOTHING_TO_REPAIR for a table that has no rows in quarantine, ROWS_LOST, NOT_APPLIED, JOURNAL_FOREIGN, DATABASE_MISSING.
 */
export async function restoreQuarantined(
  ctx: RunContext,
  options: RestoreQuarantinedOptions,
): Promise<RestoreQuarantinedResult> {
  await assertExists(ctx.dialect)
  const first = await withReader(ctx.dialect, (session) => ctx.dialect.introspect(session))
  if (tablesOf(first, options).length === 0) {
    return { outcome: 'nothing', restored: [], findings: [], backup: null }
  }
  const { waitMs, dryRun } = options
  const locking = { purpose: 'restore-quarantined', waitMs, load: 'pending' } as const
  return withLock(ctx, locking, async (run) => {
    assertOurs(run.world.journal)
    const live = await ctx.dialect.introspect(run.writer)
    const tables = tablesOf(live, options)
    const { dropped, ...planned } = await tryOut(ctx, run, live, tables)
    if (dryRun) return { outcome: 'planned', ...planned, backup: null }
    if (planned.restored.length + dropped.length === 0) {
      return { outcome: 'nothing', ...planned, backup: null }
    }
    const backup = await openRun(ctx, run, {
      backup: options.backup,
      verb: 'validate --restore-quarantined',
    })
    const done = await withWayBack(backup, () => restoreRows(ctx, run, live, tables))
    return { outcome: 'done', ...done, backup }
  })
}

function tablesOf(live: Snapshot, { table }: RestoreQuarantinedOptions): string[] {
  const tables = quarantinedTables(live)
  if (table === null) return tables
  if (tables.includes(table)) return [table]
  throw new MigrateError('NOTHING_TO_REPAIR', {
    message: `No rows of ${table} are in quarantine.`,
    hint: tables.length
      ? `There are rows of ${tables.join(', ')}.`
      : 'Nothing is in quarantine: see `validate --category data`.',
  })
}

interface Returned extends Pick<RestoreQuarantinedResult, 'restored' | 'findings'> {
  /** Tables whose quarantine is empty, and gone. */
  readonly dropped: readonly string[]
}

async function returnRows(mending: Mending, tables: readonly string[]): Promise<Returned> {
  const { restored, refused } = await putBackEach(mending, tables)
  const { dropped, findings } = await dropEmptied(mending, tables)
  const left = tables.filter((table) => !dropped.includes(table))
  const staying = await whatStays(mending, left, refused)
  return { restored, dropped, findings: [...staying, ...findings] }
}

const movingBack = (live: Snapshot, tables: readonly string[]) => ({
  live,
  shrinks: tables.map(quarantineOf),
})

/** What would come back and what would stay, of a transaction that is rolled back. */
async function tryOut(
  ctx: RunContext,
  run: LockedRun,
  live: Snapshot,
  tables: readonly string[],
): Promise<Returned> {
  const mending = mendingOn(ctx, run, live)
  return retryOnLocks(ctx, run.writer, null, async () => {
    await run.writer.begin(movingOptions(ctx, movingBack(live, tables)))
    try {
      const returned = await returnRows(mending, tables)
      await run.writer.check()
      return returned
    } finally {
      await run.writer.rollback()
    }
  })
}

async function restoreRows(
  ctx: RunContext,
  run: LockedRun,
  live: Snapshot,
  tables: readonly string[],
): Promise<Omit<Returned, 'dropped'>> {
  const mending = mendingOn(ctx, run, live)
  return movingRows(ctx, run, movingBack(live, tables), async () => {
    const { restored, findings } = await returnRows(mending, tables)
    const rows = Object.fromEntries(restored.map((moved) => [moved.table, moved.rows]))
    await run.recorder.append({ event: 'quarantine_restored', detail: { rows } })
    return { restored, findings }
  })
}
