import type { Row } from './measure.ts'

/** A table's key: the case, then what sets the table apart. */
export type TableId =
  | 'apply sqlite'
  | 'apply postgres'
  | 'nothing sqlite'
  | 'nothing postgres'
  | 'nothing sqlite, with loading'
  | 'nothing postgres, with loading'
  | 'status'
  | 'plan'
  | 'takeover'
  | 'drift'
  | 'drift, keeping'
  | 'backup'
  | 'backup memory'
  | 'compress'
  | 'compress size'
  | 'compress memory'
  | 'dump'
  | 'dump memory'
  | 'import sqlite'
  | 'import postgres'
  | 'import memory'
  | 'validate sqlite'
  | 'validate postgres'
  | 'validate memory sqlite'
  | 'validate memory postgres'

/** MB and kB: 1,000,000 and 1,000 bytes. */
export type Unit = 'ms' | 'MB' | 'kB'

export interface Table {
  readonly id: TableId
  readonly title: string
  /** What its numbers are. Default ms. */
  readonly unit?: Unit
  readonly rows: readonly Row[]
}
