import type { Outcome } from '../record.ts'

/** What one user's records came to in this run; kept until the user is reconciled. */
export interface Ledger {
  readonly userId: string
  /** How often an identity has been met, by table and identity. */
  readonly met: Map<string, number>
  /** The rows that V2 should have now, by table and identity: their digests, and whether this run wrote them. */
  readonly rows: Map<string, { readonly digest: string; readonly isWritten: boolean }>
}

export const openLedger = (userId: string): Ledger => ({
  userId,
  met: new Map(),
  rows: new Map(),
})

export const ledgerKey = (table: string, identity: string): string => `${table}\n${identity}`

/** Which time it is that this identity is met: 1, 2, … */
export function meet({ met }: Ledger, table: string, identity: string): number {
  const key = ledgerKey(table, identity)
  const times = (met.get(key) ?? 0) + 1
  met.set(key, times)
  return times
}

/** The identity of the n-th of the same: no other identity is spelled so. */
export const numbered = (identity: string, times: number): string => {
  const escaped = identity.replaceAll('~', '~~')
  return times === 1 ? escaped : `${escaped}~${times}`
}

export type Counts = Record<Outcome | 'read', number>

export const noCounts = (): Counts => ({
  read: 0,
  imported: 0,
  merged: 0,
  unchanged: 0,
  conflict: 0,
  quarantined: 0,
})

export function addCounts(sum: Counts, more: Counts): void {
  for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += more[name]
}

/** A file of V1 while it is imported. */
export interface OpenFile {
  readonly id: number
  readonly importId: string
  /** Relative to the V1 directory. */
  readonly path: string
  /** '' for what belongs to nobody. */
  readonly userId: string
  readonly bytes: number
  readonly counts: Counts
  /** Whether it stands in `v1_import_files`. */
  isKept: boolean
}
