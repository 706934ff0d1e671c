import type { Finding } from '../finding.ts'
import type { Danger } from '../schema/danger.ts'
import { type Difference, describeDifference } from '../schema/diff.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import { undoSteps } from '../schema/undo.ts'
import type { RunContext } from './context.ts'
import type { DriftSource } from './drift-base.ts'
import { type Drift, findDrift } from './find-drift.ts'
import { assertExists, gatherFrom } from './gather.ts'
import { withReader } from './reader.ts'
import { assertOurs } from './refuse.ts'

/** Something that was changed behind the back of the migrations. */
export interface DriftDifference {
  readonly key: string
  readonly kind: Difference['kind']
  readonly danger: Danger
  /** What may come of it. */
  readonly why: string
  readonly message: string
  /**
   * What undoes it once the leftovers, and the differences before it, are undone; without semicolons at the ends. Null
   * where SQL cannot say it.
   */
  readonly sql: readonly string[] | null
}

/** Something that this tool made and did not finish: the same, but never dangerous. */
export type DriftLeftover = Omit<DriftDifference, 'danger'>

export interface DriftResult {
  /** Nothing dangerous. */
  readonly ok: boolean
  /** What the database was compared with. */
  readonly base: DriftSource
  /** Both in an order in which they can be undone: the leftovers first. */
  readonly leftovers: readonly DriftLeftover[]
  readonly differences: readonly DriftDifference[]
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
    const all = [...leftovers, ...differences]
    const sql = await Promise.all(
      undoSteps(all, drift.live, withoutLeftovers(drift)).map(({ difference, then }) =>
        ctx.dialect.undoStatements(difference, then),
      ),
    )
    const told = (difference: Difference & { readonly why: string }, at: number) => ({
      key: difference.key,
      kind: difference.kind,
      why: difference.why,
      message: `${describeDifference(difference)}.`,
      sql: sql[at] ?? null,
    })
    return {
      ok: !differences.some(({ danger }) => danger === 'dangerous'),
      base: base.source,
      leftovers: leftovers.map(told),
      differences: differences.map((difference, at) => ({
        ...told(difference, leftovers.length + at),
        danger: difference.danger,
      })),
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
