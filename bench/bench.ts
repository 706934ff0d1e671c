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

export interface Table {
  readonly id: TableId
  readonly title: string
  readonly rows: readonly Row[]
}

/** A case runs its contenders and gives its tables. */
export type Case = (bench: Bench) => Promise<Table[]>
