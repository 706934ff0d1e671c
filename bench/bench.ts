import type { Databases } from './databases.ts'
import type { Peer } from './peers/peer.ts'
import type { Table } from './table.ts'

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

/** A case runs its contenders and gives its tables. */
export type Case = (bench: Bench) => Promise<Table[]>
