import { MigrateError } from '../errors.ts'
import { FORGOTTEN } from '../journal/hand-changes.ts'
import type { JournalRow } from '../journal/read.ts'
import { CHECKSUM_METHOD } from '../migration/checksum.ts'
import type { RunContext } from './context.ts'
import { assertExists, gather, rowOf, type World } from './gather.ts'
import { openRun } from './open.ts'
import { assertOurs } from './refuse.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

/** What a repair does to a version's row. Each says what the user knows; none is ever guessed. */
export type RepairAction =
  /** A version left running, or failed outside a transaction, is in truth applied, or is in truth gone. */
  | { readonly kind: 'set'; readonly status: 'applied' | 'rolled_back' }
  /** A file that changed after it was applied is right as it is now. */
  | { readonly kind: 'accept-checksum' }
  /** A row that no file explains is to go. */
  | { readonly kind: 'forget' }

export interface RepairOptions {
  readonly version: string
  readonly action: RepairAction
  /** Why; kept in the log. */
  readonly reason: string
  readonly backup: boolean
  readonly waitMs: number
}

export interface RepairResult {
  readonly outcome: 'done'
  readonly version: string
  readonly before: { readonly status: string; readonly checksum: string | null }
  readonly after: { readonly status: string; readonly checksum: string | null }
  readonly backup: string | null
}

/** Puts one row of the journal right, under the lock, recorded with its reason. Throws NOTHING_TO_REPAIR. */
export async function repair(ctx: RunContext, options: RepairOptions): Promise<RepairResult> {
  await assertExists(ctx.dialect)
  repairableRow(await gather(ctx, 'pending'), options)
  const lockOptions = { purpose: 'repair', waitMs: options.waitMs, load: 'all' } as const
  return withLock(ctx, lockOptions, async (run) => {
    const row = repairableRow(run.world, options)
    const after = repaired(run.world, row, options.action)
    const backup = await openRun(ctx, run, { backup: options.backup, verb: 'repair' })
    const { reason, version } = options
    const before = { status: row.status, checksum: row.checksum }
    const detail = { action: options.action.kind, before }
    await inTransaction(run, () =>
      after === null
        ? run.recorder.forget(version, { event: 'repaired', status: FORGOTTEN, reason, detail })
        : run.recorder.record(after, { event: 'repaired', reason, detail }),
    )
    return {
      outcome: 'done',
      version,
      before,
      after: after
        ? { status: after.status, checksum: after.checksum }
        : { status: FORGOTTEN, checksum: null },
      backup,
    }
  })
}

function repairableRow(world: World, { version, action }: RepairOptions): JournalRow {
  assertOurs(world.journal)
  const row = rowOf(world, version)
  const file = world.files.find(({ version }) => version === row.version)
  const wrong =
    action.kind === 'set'
      ? row.status === 'applied' || row.status === 'rolled_back'
        ? `${row.version} is ${row.status}: neither left running nor failed.`
        : file === undefined && action.status === 'applied'
          ? `${row.version} has no file, so it cannot count as applied.`
          : null
      : action.kind === 'accept-checksum'
        ? file === undefined
          ? `${row.version} has no file whose checksum could be taken.`
          : row.checksum === file.checksum
            ? `The checksum of ${row.version} is what its file has.`
            : null
        : file
          ? `${row.version} has a file (${file.path}): rows are forgotten only where no file explains them.`
          : null
  if (wrong) throw new MigrateError('NOTHING_TO_REPAIR', { message: wrong })
  return row
}

function repaired(world: World, row: JournalRow, action: RepairAction) {
  if (action.kind === 'forget') return null
  const migration = world.loaded.get(row.version)
  const { partial: _, ...metadata } = row.metadata
  const now = new Date().toISOString()
  const status = action.kind === 'set' ? action.status : row.status
  return {
    ...row,
    status,
    description: migration?.description ?? row.description,
    checksum: status === 'applied' ? (migration?.checksum ?? row.checksum) : row.checksum,
    appliedAt: action.kind === 'set' && status === 'applied' ? now : row.appliedAt,
    rollbackAt: status === 'rolled_back' ? now : row.rollbackAt,
    errorMessage: status === 'applied' ? null : row.errorMessage,
    metadata: {
      ...metadata,
      dependencies: world.graph.dependencies.get(row.version) ?? metadata.dependencies ?? [],
      checksum_method: CHECKSUM_METHOD,
    },
  }
}
