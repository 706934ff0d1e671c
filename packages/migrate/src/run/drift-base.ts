import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { readNewestSnapshot } from '../journal/archive.ts'
import { findHandChanges } from '../journal/hand-changes.ts'
import { readLoggedStates } from '../journal/read.ts'
import { eventsAfter, leavesSchema } from '../journal/schema-events.ts'
import { parseKept } from '../schema/kept.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import { composeVersions, type SchemaVersions } from '../schema/versions.ts'
import { describeDamage } from '../validate/kept-snapshots.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import type { World } from './gather.ts'

/** Where the schema that a database is compared with was found. */
export type DriftSource =
  /** Kept with the journal, after the entry `seq` of its log. */
  | { readonly kind: 'kept'; readonly seq: number; readonly at: string }
  /** In the generated snapshot: what that many applied versions make. It knows no grants and no owners. */
  | { readonly kind: 'generated'; readonly versions: number }

export interface DriftBase {
  readonly source: DriftSource
  readonly schema: Snapshot
  /**
   * What the generated snapshot says; null where there is none of the versions as they are. Read when it is asked for:
   * where nothing differs from what was kept nobody needs it.
   */
  generated(): Generated | null
  readonly remarks: readonly Finding[]
}

export interface Generated {
  readonly versions: SchemaVersions
  /** What the applied versions make. */
  readonly made: Snapshot
}

/**
 * What the last run left: as it was kept, or else, where the journal was changed by hand since, the database restored
 * or nothing kept, what the applied versions make. Throws SNAPSHOT_MISSING and SNAPSHOT_STALE where neither is known.
 */
export async function driftBase(
  ctx: RunContext,
  session: Session,
  world: World,
): Promise<DriftBase> {
  const { kept, remarks } = await keptSchema(session, world)
  const applied = world.graph.order.filter((id) => world.rows.get(id)?.status === 'applied')
  const read = (): Generated => {
    const versions = expectedVersions(ctx, world, applied)
    return { versions, made: composeVersions(versions, applied) }
  }
  if (kept) return { ...kept, generated: orNull(read), remarks }
  const known = read()
  const source = { kind: 'generated', versions: applied.length } as const
  return { source, schema: known.made, generated: () => known, remarks }
}

/** Reads it once; null where there is none for the versions as they are. */
function orNull(read: () => Generated): () => Generated | null {
  let known: Generated | null | undefined
  return () => {
    if (known !== undefined) return known
    try {
      known = read()
    } catch (thrown) {
      if (!(thrown instanceof MigrateError)) throw thrown
      known = null
    }
    return known
  }
}

interface KeptSchema {
  readonly kept: Pick<DriftBase, 'source' | 'schema'> | null
  readonly remarks: readonly Finding[]
}

const NOT_KEPT: KeptSchema = { kept: null, remarks: [] }

/** The newest snapshot that was kept, if it still says what was left. */
async function keptSchema(session: Session, { journal }: World): Promise<KeptSchema> {
  if (!journal.isCurrent) return NOT_KEPT
  const [newest, logged] = await Promise.all([
    readNewestSnapshot(session),
    readLoggedStates(session),
  ])
  if (!newest || findHandChanges(journal.rows, logged).length > 0) return NOT_KEPT
  const seq = Number(newest.key)
  const since = await eventsAfter(session, seq)
  if (seq > journal.head.seq || !since.every(leavesSchema)) return NOT_KEPT
  const schema = newest.text === null ? null : parseKept(newest.text)
  if (!schema) return { kept: null, remarks: [describeDamage(newest)] }
  return { kept: { source: { kind: 'kept', seq, at: newest.at }, schema }, remarks: [] }
}
