import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { describeDifference } from '../schema/diff.ts'
import type { RunContext } from './context.ts'
import { type Drift, findDrift, type JudgedDifference } from './find-drift.ts'
import type { LockedRun } from './locked-run.ts'
import { retryOnLocks } from './retry.ts'
import { inTransaction } from './transaction.ts'

/** What a run does about dangerous drift: refuses, goes on and records it, or goes on and tells. */
export type DriftPolicy = 'refuse' | 'accept' | 'tell'

/**
 * Looks, before a run changes anything, at what was changed behind its back; what is harmless is told. Returns the keys
 * of dangerous differences that the run goes on with. Throws DRIFT.
 */
export async function guardDrift(
  ctx: RunContext,
  run: LockedRun,
  policy: DriftPolicy,
): Promise<readonly string[]> {
  const drift = await knownDrift(ctx, run)
  if (!drift) return []
  for (const finding of drift.base.remarks) ctx.emit({ type: 'finding', finding })
  for (const difference of drift.differences) {
    if (difference.danger === 'harmless') ctx.emit({ type: 'finding', finding: told(difference) })
  }
  const dangerous = drift.differences.filter(({ danger }) => danger === 'dangerous')
  if (policy === 'refuse' && dangerous.length > 0) throw refusal(drift, dangerous)
  for (const difference of dangerous) ctx.emit({ type: 'finding', finding: told(difference) })
  return dangerous.map(({ key }) => key)
}

/** Null where nobody knows what was left: there is nothing to hold the database against. */
async function knownDrift(ctx: RunContext, run: LockedRun): Promise<Drift | null> {
  const { world, writer } = run
  if (world.journal.kind !== 'ours') return null
  const look = () => findDrift(ctx, writer, world)
  const { ddlLockTimeoutMs } = ctx.settings
  const options = { foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: ddlLockTimeoutMs } as const
  try {
    // PostgreSQL reads the definition of a table only while nobody has it for himself alone
    return await retryOnLocks(ctx, writer, null, () => inTransaction(run, look, options))
  } catch (thrown) {
    const isUnknown =
      thrown instanceof MigrateError &&
      (thrown.code === 'SNAPSHOT_MISSING' || thrown.code === 'SNAPSHOT_STALE')
    if (isUnknown) return null
    throw thrown
  }
}

const MOST_NAMED = 3

function refusal({ base }: Drift, dangerous: readonly JudgedDifference[]): MigrateError {
  const left = base.source.kind === 'kept' ? 'the last run left it' : 'its migrations make it'
  const named = dangerous.slice(0, MOST_NAMED).map(describeDifference)
  const others = dangerous.length - named.length
  const more = others > 0 ? `; and ${others} more` : ''
  return new MigrateError('DRIFT', {
    message: `The database is not as ${left}: ${named.join('; ')}${more}.`,
    hint: 'See `drift` for all of it, and `drift --sql` for what undoes it; or go on with `migrate --accept-drift`.',
  })
}

const told = (difference: JudgedDifference): Finding => ({
  ...(difference.danger === 'harmless'
    ? ({ code: 'UNEXPLAINED_OBJECT', severity: 'info' } as const)
    : ({ code: 'DRIFT', severity: 'warning' } as const)),
  message: `${describeDifference(difference)}. ${difference.why}`,
  at: { object: difference.key },
})

/** Says in the log which dangerous differences the user accepted. */
export async function recordAccepted(run: LockedRun, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await inTransaction(run, () =>
    run.recorder.append({ event: 'drift_accepted', detail: { differences: keys } }),
  )
}
