import type { DialectName } from '../dialect/port.ts'
import type { QueryResult, Row } from '../dialect/session.ts'
import type { Category, Checked } from '../finding.ts'
import type { LogEntry } from '../journal/chain.ts'
import type { KeyRing } from '../keys/ring.ts'

type Query = <R = Row>(sql: string, params?: readonly unknown[]) => Promise<QueryResult<R>>

/** What a check of the project's own sees of the database; it can write nothing. */
export interface CheckLook {
  readonly dialect: DialectName
  readonly signal: AbortSignal
  /** How many rows of a table to look at; null for all of them. */
  readonly sample: number | null
  /** Whether to look at everything, however long it takes. */
  readonly deep: boolean
  readonly query: Query
  /** The master keys, null where there are none. Throws KEY_INVALID, KEY_MISSING. */
  keys(): Promise<KeyRing | null>
}

/** A check that a project adds to `validate`. */
export interface ProjectCheck {
  readonly category: Category
  /** A few words in small letters, unlike those of other checks of the category. */
  readonly name: string
  /** Versions that must be applied for it to make sense; without them it is skipped. */
  readonly needs: readonly string[]
  run(look: CheckLook): Promise<Checked>
}

/** The transaction that an entry of the log is written in. */
export interface RecordTransaction {
  readonly dialect: DialectName
  /** `$1`, `$2`, … on both databases. */
  readonly query: Query
}

/** Sees every entry of the journal's log in the transaction that writes it; what it throws undoes both. */
export type OnRecord = (tx: RecordTransaction, entry: LogEntry) => Promise<void>
