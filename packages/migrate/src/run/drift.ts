import type { DialectName } from '../dialect/port.ts'
import type { Finding } from '../finding.ts'
import type { Danger } from '../schema/danger.ts'
import { type Difference, describeDifference } from '../schema/diff.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import type { RunContext } from './context.ts'
import type { DriftSource } from './drift-base.ts'
import { type Drift, findDrift } from './find-drift.ts'
import { assertExists, gatherFrom } from './gather.ts'
import { withReader } from './reader.ts'
import { assertOurs } from './refuse.ts'
import { planUndo } from './undo-plan.ts'

/** Something that was changed behind the back of the migrations. */
export interface DriftDifference {
  readonly key: string
  readonly kind: Difference['kind']
  readonly danger: Danger
  /** What may come of it. */
  readonly why: string
  readonly message: string
  /**
   * What undoes it once what stands before it is undone, without losing a row or a value; without semicolons at the ends.
   * Null where SQL cannot say it; empty where `destroys` does it, or what undoes another difference.
   */
  readonly sql: readonly string[] | null
  /**
   * What is left to be run after all `sql`, and takes rows or values along: a table or a column that is dropped, the rows
   * as they were before the table was made anew. For whoever has looked at them.
   */
  readonly destroys: readonly string[]
}

/** Something that this tool made and did not finish: the same, but never dangerous. */
export type DriftLeftover = Omit<DriftDifference, 'danger'>

export interface DriftResult {
  /** Nothing dangerous. */
  readonly ok: boolean
  /** What the database was compared with. */
  readonly base: DriftSource
  readonly dialect: DialectName
  readonly leftovers: readonly DriftLeftover[]
  readonly differences: readonly DriftDifference[]
  /** The keys of both, in the order in which they can be undone. */
  readonly order: readonly string[]
  /** What is to be said of the comparison itself. */
  readonly findings: readonly Finding[]
}

/**
 * Compares the schema, and who may do what with it, with what the last run left. Writes nothing. Throws
 * DATABASE_MISSING, NOT_APPLIED, JOURNAL_FOREIGN, and SNAPSHOT_MISSING or SNAPSHOT_STALE where it is not known what the
 * last run left.
 */
export async function drift(ctx: RunContext): Promise<DriftResult> {
  await assertExists(ctx.dialect)
  return withReader(ctx.dialect, async (session) => {
    const world = await gatherFrom(ctx, session, 'pending')
    assertOurs(world.journal)
    const drift = await findDrift(ctx, session, world)
    const { base, differences, leftovers } = drift
    const plan = await planUndo(
      ctx.dialect,
      [...leftovers, ...differences],
      drift.live,
      withoutLeftovers(drift),
    )
    const undone = new Map(plan.map(({ difference: { key }, undo }) => [key, undo]))
    const told = (difference: Difference & { readonly why: string }) => {
      const undo = undone.get(difference.key) ?? null
      return {
        key: difference.key,
        kind: difference.kind,
        why: difference.why,
        message: `${describeDifference(difference)}.`,
        sql: undo?.statements ?? null,
        destroys: undo?.destroys ?? [],
      }
    }
    return {
      ok: !differences.some(({ danger }) => danger === 'dangerous'),
      base: base.source,
      dialect: ctx.dialect.name,
      leftovers: leftovers.map(told),
      differences: differences.map((difference) => ({
        ...told(difference),
        danger: difference.danger,
      })),
      order: plan.map(({ difference: { key } }) => key),
      findings: base.remarks,
    }
  })
}

/** What should be there: a leftover may well have been there before. */
function withoutLeftovers({ expected, leftovers }: Drift): Snapshot {
  const unexpected = new Set(
    leftovers.filter(({ kind }) => kind === 'unexpected').map(({ key }) => key),
  )
  return new Map(
    [...expected].filter(
      ([key, { table }]) => !unexpected.has(key) && !unexpected.has(`table ${table}`),
    ),
  )
}
