import type { Outcome } from '../record.ts'

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
