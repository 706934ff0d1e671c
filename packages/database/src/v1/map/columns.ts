import type { ColumnKind, Target } from './tables.ts'

export type Columns = readonly (readonly [name: string, column: ColumnKind])[]

const known = new WeakMap<Target, Columns>()

/** A target's columns in their order, listed once: every value of every row goes through them. */
export function columnsOf(target: Target): Columns {
  const before = known.get(target)
  if (before) return before
  const columns = Object.entries(target.columns)
  known.set(target, columns)
  return columns
}
