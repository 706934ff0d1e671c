import type { Settings } from '../config/define.ts'
import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import type { Finding } from '../finding.ts'
import type { LogEntry } from '../journal/chain.ts'
import type { Journal } from '../journal/read.ts'
import type { KeyRing } from '../keys/ring.ts'
import type { KnownFile } from '../plan/inspect.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import type { RememberedHead } from './log-heads.ts'

/** What the applied versions should have made, or why that is not known. */
export type Expected =
  | {
      readonly snapshot: Snapshot
      /** Which failed version left an object, by the object's key. */
      readonly leftovers: ReadonlyMap<string, string>
    }
  | { readonly fault: Finding }

/** How thorough a validation is. */
export interface Thoroughness {
  /** How many rows of a table to look at; null for all of them. */
  readonly sample: number | null
  /** Reads every page of a SQLite file. False where a verified backup has just done it. */
  readonly pages: boolean
  /** Also checks indexes against their tables where PostgreSQL's amcheck is to be had. */
  readonly deep: boolean
}

/** More sessions that write nothing, so that a large database is read by several at once. */
export interface Beside {
  /** For the project's own checks. */
  readonly checks: Session
  /** For the rows of half of the tables. */
  readonly rows: Session
}

/** What the checks of one validation look at. What is asked for twice is read once. */
export interface Scene extends Thoroughness {
  readonly dialect: Dialect
  /** It writes nothing. */
  readonly session: Session
  /** Null where one session does all, one thing after the other. */
  readonly beside: Beside | null
  readonly settings: Settings
  readonly signal: AbortSignal
  readonly journal: Journal
  readonly files: readonly KnownFile[]
  /** In the order in which they are applied. */
  readonly applied: readonly string[]
  expected(): Promise<Expected>
  live(): Promise<Snapshot>
  /** Empty where the journal is none of ours. */
  log(): Promise<readonly LogEntry[]>
  /** What the backups remember of the log. */
  rememberedHeads(): Promise<readonly RememberedHead[]>
  /** The master keys, null where there are none. Throws KEY_INVALID, KEY_MISSING. */
  keys(): Promise<KeyRing | null>
  /** Where this database's backups stand, as an absolute path. */
  readonly backupFolder: string
  /** Whether the check of a category runs as well: what two would find is found by one. */
  has(category: Finding['category']): boolean
}
