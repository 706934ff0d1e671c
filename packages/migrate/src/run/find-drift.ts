import type { Session } from '../dialect/session.ts'
import { type Judgement, judge } from '../schema/danger.ts'
import { type Difference, diffSnapshots, factOf, sameDefinition } from '../schema/diff.ts'
import { isAccess } from '../schema/kept.ts'
import type { Fact, Snapshot } from '../schema/snapshot.ts'
import { inUndoOrder } from '../schema/undo.ts'
import { beingBuilt } from '../validate/being-built.ts'
import { isQuarantine } from '../validate/schema.ts'
import type { RunContext } from './context.ts'
import { type DriftBase, driftBase } from './drift-base.ts'
import { driftLeftovers, type Leftover } from './drift-leftovers.ts'
import type { World } from './gather.ts'
import { liveSchema } from './live-schema.ts'

export interface JudgedDifference extends Difference, Judgement {}

export interface Drift {
  readonly base: DriftBase
  /** What was compared: of what is there, and of what was left. */
  readonly live: Snapshot
  readonly expected: Snapshot
  /** What differs from what the last run left, in an order in which it can be undone. */
  readonly differences: readonly JudgedDifference[]
  readonly leftovers: readonly Leftover[]
}

/** What changed behind the back of the migrations. Throws SNAPSHOT_MISSING and SNAPSHOT_STALE. */
export async function findDrift(ctx: RunContext, session: Session, world: World): Promise<Drift> {
  const [base, everything] = await Promise.all([
    driftBase(ctx, session, world),
    liveSchema(ctx, session),
  ])
  const { ownTables } = ctx.settings
  const isCompared = (fact: Fact): boolean => {
    const table = fact.kind === 'table' ? fact.name : fact.table
    if (table !== null && (ownTables.includes(table) || isQuarantine(table))) return false
    return base.source.kind === 'kept' || !isAccess(fact)
  }
  const live = filtered(everything, isCompared)
  const schema = filtered(base.schema, isCompared)
  const leftovers = driftLeftovers(
    world,
    base,
    filtered(live, (fact) => !isAccess(fact)),
  )
  const explained = new Set(leftovers.map(({ key }) => key))
  const differences = withoutFollowing(diffSnapshots(schema, live))
    .filter(({ key }) => !explained.has(key))
    .map((difference) => ({ ...difference, ...judgeBy(base, difference) }))
  return {
    base: { ...base, remarks: [...base.remarks, ...beingBuilt(live)] },
    live,
    expected: schema,
    differences: inUndoOrder(differences),
    leftovers: inUndoOrder(leftovers),
  }
}

const filtered = (schema: Snapshot, keep: (fact: Fact) => boolean): Snapshot =>
  new Map([...schema].filter(([, fact]) => keep(fact)))

/** Rights and owners come and go with what they are of, tables or not. */
function withoutFollowing(differences: readonly Difference[]): Difference[] {
  const whole = new Set(
    differences
      .filter((d) => d.kind !== 'different' && factOf(d).table === null)
      .map((d) => `${d.kind} ${factOf(d).name}`),
  )
  return differences.filter((d) => {
    const fact = factOf(d)
    if (!isAccess(fact)) return true
    if (fact.kind === 'owner') return d.kind === 'different'
    return !whole.has(`${d.kind} ${objectOf(fact)}`)
  })
}

/** What a right is of: a relation, a function; null for what stands for no object. */
function objectOf({ table, is }: Fact): string | null {
  if (table !== null || is.object === undefined) return table
  return is.schema === undefined ? `${is.object}` : `${is.schema}.${is.object}`
}

/** What no migration made is nobody's affair here, and what is as the migrations make it is right again. */
function judgeBy(base: DriftBase, difference: Difference): Judgement {
  const judgement = judge(difference)
  const made = judgement.danger === 'dangerous' ? base.generated()?.made : undefined
  if (!made) return judgement
  const { key, kind, actual } = difference
  const should = made.get(key)
  if (actual && should && sameDefinition(actual, should)) {
    return { danger: 'harmless', why: 'It is as the migrations make it.' }
  }
  const fact = factOf(difference)
  const isForeign = isAccess(fact)
    ? isRelation(base.schema, fact) && !isRelation(made, fact)
    : kind === 'unexpected'
      ? fact.table !== null && !made.has(`table ${fact.table}`)
      : !should
  return isForeign ? { danger: 'harmless', why: 'No migration made it.' } : judgement
}

const isRelation = (schema: Snapshot, { table }: Fact): boolean =>
  schema.has(`table ${table}`) || schema.has(`view ${table}`)
