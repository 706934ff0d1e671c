import type { PostgresTarget } from '../connection.ts'
import type { Properties, Setting } from './properties.ts'

/** What takes whose place. */
export interface Places {
  readonly target: PostgresTarget
  /** The live database's name. */
  readonly live: string
  readonly place: PostgresTarget
  /** The prepared database's name and number. */
  readonly name: string
  readonly oid: number
  /** Of the live database when the restore began; null where there was none. */
  readonly properties: Properties | null
  /** Settings of the live one that the server refused for the prepared one. */
  readonly refused: readonly Setting[]
}

/** The live database's number, and the name that it is to be kept under. */
export interface Previous {
  readonly oid: number
  readonly name: string
}
