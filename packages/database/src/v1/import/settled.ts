import type { KnownRecord } from './books.ts'
import type { Decision } from './decide.ts'
import type { OpenFile } from './open-file.ts'
import type { Prepared, PreparedRow } from './prepared.ts'

/** What V2 held when the import began: what is not there need not be looked for. */
export interface Occupied {
  /** Owners of records that earlier imports have written. */
  readonly records: ReadonlySet<string>
  /** `table\nowner` of rows, whoever wrote them. */
  readonly rows: ReadonlySet<string>
}

/** A record that waits to be written with others. */
export interface Pending {
  readonly file: OpenFile
  readonly record: Prepared
  /** Null for what becomes no row. */
  readonly row: PreparedRow | null
}

/** A record with what becomes of it. */
export interface Settled extends Pending {
  readonly known: KnownRecord | undefined
  readonly decision: Decision
}
