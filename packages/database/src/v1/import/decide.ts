import type { Outcome } from '../record.ts'
import type { KnownRecord } from './books.ts'

/** A row as it stands in V2 now. */
export interface ExistingRow {
  readonly id: string
  readonly digest: string
}

/** A record of V1, as far as the decision depends on it. */
export interface Candidate {
  /** The same thing was there before, in this very directory. */
  readonly isRepeat: boolean
  /** Null for what is quarantined. */
  readonly rowDigest: string | null
  readonly digest: string
}

export interface Decision {
  readonly outcome: Outcome
  /** What is written: a row and its record, a changed row and its record, the record alone, or nothing. */
  readonly write: 'insert' | 'update' | 'record' | 'nothing'
  /** The row that it is about, where there is one already. */
  readonly targetId: string | null
  /** Of a conflict: V2 has changed the row, has removed it, or has removed what it belongs to. */
  readonly conflict?: 'changed' | 'removed' | 'orphan'
}

/** What is known besides of the record and its row. */
export interface Circumstances {
  readonly known: KnownRecord | undefined
  /** The row that the record became, or that V2 has under the same key. */
  readonly existing: ExistingRow | undefined
  /** The known record was written by this very import, before it was interrupted. */
  readonly isOurs: boolean
  /** A row of V2's own is overwritten. */
  readonly replace: boolean
  /** The record comes from the quarantine: what stands in its place by now is newer. */
  readonly isRetry: boolean
}

/**
 * What becomes of a record: a comparison of three, what V1 says now, what it said when it was imported, and what V2
 * says now. V2 is never overwritten unless it still says what V1 once said.
 */
export function decide(candidate: Candidate, at: Circumstances): Decision {
  const decision = compare(candidate, at)
  const isTold = at.known?.digest === candidate.digest && at.known.outcome === decision.outcome
  return decision.write === 'record' && isTold ? { ...decision, write: 'nothing' } : decision
}

function compare(candidate: Candidate, at: Circumstances): Decision {
  const { known, isOurs } = at
  const isSame = known?.digest === candidate.digest
  if (candidate.rowDigest === null || candidate.isRepeat) {
    const outcome = candidate.isRepeat ? 'merged' : 'quarantined'
    return { outcome, write: 'record', targetId: null }
  }
  // what had nothing to belong to never became a row
  if (!known || (known.outcome === 'conflict' && known.targetId === null)) {
    return meet(candidate.rowDigest, at)
  }
  if (at.isRetry && !isSame) return { outcome: 'merged', write: 'nothing', targetId: null }
  const targetId = known.targetId
  if (isSame && known.outcome !== 'conflict') {
    const outcome = isOurs ? known.outcome : 'unchanged'
    return { outcome, write: 'nothing', targetId }
  }
  return merge(candidate.rowDigest, known, at)
}

/** Nothing of the record is known: V2 has the row by itself, or not at all. */
function meet(rowDigest: string, { existing, replace }: Circumstances): Decision {
  if (!existing) return { outcome: 'imported', write: 'insert', targetId: null }
  const targetId = existing.id
  if (existing.digest === rowDigest) return { outcome: 'unchanged', write: 'record', targetId }
  if (replace) return { outcome: 'imported', write: 'update', targetId }
  return { outcome: 'conflict', write: 'record', targetId, conflict: 'changed' }
}

/** V1 changed since the record was imported, or the two disagreed already. */
function merge(rowDigest: string, known: KnownRecord, at: Circumstances): Decision {
  const { existing, replace } = at
  // V2 has removed it
  if (!existing) {
    if (replace) return { outcome: 'imported', write: 'insert', targetId: null }
    const { targetId } = known
    return { outcome: 'conflict', write: 'record', targetId, conflict: 'removed' }
  }
  const targetId = existing.id
  if (existing.digest === rowDigest) return { outcome: 'unchanged', write: 'record', targetId }
  const isUntouched = known.outcome !== 'conflict' && existing.digest === known.rowDigest
  if (isUntouched || replace) return { outcome: 'imported', write: 'update', targetId }
  return { outcome: 'conflict', write: 'record', targetId, conflict: 'changed' }
}
