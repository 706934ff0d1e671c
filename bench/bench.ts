import type { Databases } from './databases.ts'
import type { TableId } from './goals.ts'
import type { Row } from './measure.ts'
import type { Peer } from './peers/peer.ts'

/** What a case is given. */
export interface Bench {
  /** A temporary folder. */
  readonly root: string
  readonly rounds: number
  readonly databases: Databases
  readonly peers: readonly Peer[]
}

/** How often the cases measure that take gigabytes and minutes, whatever `--rounds` says. */
export const HEAVY_ROUNDS = 3

/** MB and kB: 1,000,000 and 1,000 bytes. */
export type Unit = 'ms' | 'MB' | 'kB'

export interface Table {
  readonly id: TableId
  readonly title: string
  /** What its numbers are. Default ms. */
  readonly unit?: Unit
  readonly rows: readonly Row[]
}

/** A case runs its contenders and gives its tables. */
export type Case = (bench: Bench) => Promise<Table[]>
