import type { Kysely } from 'kysely'
import type { Blocker, LockHolder } from '../events.ts'
import type { Finding } from '../finding.ts'
import type { Fact, Snapshot } from '../schema/snapshot.ts'
import type { BackupPort } from './backup-port.ts'

export type DialectName = 'sqlite' | 'postgres'
export type Row = Record<string, unknown>

export interface QueryResult<R> {
  readonly rows: R[]
  /** Rows that an INSERT, UPDATE or DELETE touched; 0 for others. */
  readonly affected: number
  /** SQLite: the rowid of the last row that the connection inserted, after an INSERT. */
  readonly insertId?: bigint
}

/**
 * One connection. Statements use `$1`, `$2`, … on both databases and are run one at a time, in the order
 * of the calls (calls need not wait for each other). Booleans, dates and JSON values may be bound on both.
 * Errors are MigrateErrors: `STATEMENT_FAILED` with `offset`, or a code that says more.
 */
export interface Session {
  query<R = Row>(sql: string, params?: readonly unknown[]): Promise<QueryResult<R>>
  close(): Promise<void>
}

export interface TransactionOptions {
  /** SQLite: 'checked' turns enforcement off before BEGIN and proves at the end that nothing was lost. */
  readonly foreignKeys: 'enforced' | 'checked'
  /** Tables whose row count may fall under 'checked'. */
  readonly shrinks: readonly string[]
  /** PostgreSQL: how long a statement may wait for a table's lock, in milliseconds. 0: for ever. */
  readonly lockTimeoutMs: number
}

/** A Kysely that belongs to one step. */
export interface KyselyLease {
  readonly db: Kysely<any>
  /**
   * Ends it: whatever is asked of `db` from now on is refused, so that a query that nobody awaited cannot run into
   * what comes after. Throws STATEMENT_FAILED when queries were still under way.
   */
  end(): Promise<void>
}

/** One statement of a text, and where it begins there. */
export interface ScriptStatement {
  readonly text: string
  readonly offset: number
}

/** The connection that a run's steps use. */
export interface Writer extends Session {
  /** The database user; null on SQLite, which has none. */
  readonly user: string | null
  /** What follows may be sent at once: a BEGIN that fails fails the statements behind it. */
  begin(options: TransactionOptions): Promise<void>
  /**
   * Runs statements in order up to the first that fails; its error's `offset` counts from where the offsets of the
   * statements count. `onDone` is called after each.
   */
  runScript(statements: readonly ScriptStatement[], onDone: (index: number) => void): Promise<void>
  /** Proves what the transaction promised; call before commit. Throws ROWS_LOST, FOREIGN_KEY_VIOLATION. */
  check(): Promise<Finding[]>
  /**
   * `last` are the transaction's last statements, on their way: PostgreSQL is sent the COMMIT along with them,
   * since it turns it into a ROLLBACK when one of them fails.
   */
  commit(last?: Promise<unknown>): Promise<void>
  /** Whether a transaction is open, be it one that a migration began by itself. */
  inTransaction(): boolean
  /** Rolls back whatever is open; does nothing outside a transaction. Never throws for a connection that is gone. */
  rollback(): Promise<void>
  /** A Kysely on this very connection, for one step; Kysely is loaded at the first call. */
  kysely(): Promise<KyselyLease>
  /** Asks the database to stop the statement that runs. SQLite cannot. */
  cancel(): Promise<void>
  /** Who keeps the running statement waiting. SQLite cannot tell. */
  blockers(): Promise<Blocker[]>
}

export interface WriterOptions {
  readonly runId: string
  readonly onNotice: (severity: string, message: string) => void
}

export interface LockRequest {
  readonly runId: string
  readonly purpose: string
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
  /** Called now and then while waiting. */
  readonly onWaiting: (holder: LockHolder | null, waitedMs: number) => void
}

export interface RunLock {
  /** How many connections of dead runs were ended on taking over. */
  readonly terminated: number
  /** Throws LOCK_LOST when the lock is no longer ours. */
  assertHeld(): Promise<void>
  release(): Promise<void>
}

/** The column types of the journal's tables. */
export interface JournalTypes {
  /** A primary key that numbers itself. */
  readonly identity: string
  /** A primary key of 64 bits that is given. */
  readonly sequence: string
  readonly timestamp: string
  /** Makes a foreign journal's version column wide enough for ours; null where no length is enforced. */
  readonly widenVersion: string | null
}

/** What the rest of the engine needs of a database. Only `dialect/<name>/` knows a driver. */
export interface Dialect {
  readonly name: DialectName
  /** What stands before the journal's table names, so that no migration can put others in their place: `public.`. */
  journalPrefix(session: Session): Promise<string>
  /** Where the database is, without secrets. */
  readonly location: string
  /** The same database has the same one, whoever connects: an absolute path, or host, port and name. No secrets. */
  readonly identity: string
  /** The folder that backups stand in by default. */
  readonly home: string
  readonly journalTypes: JournalTypes
  /** False for a SQLite file that is not there (or empty of bytes). On PostgreSQL a missing database is an error. */
  exists(): Promise<boolean>
  /** A session that writes nothing: it changes no file and leaves none behind. */
  openReader(): Promise<Session>
  openWriter(options: WriterOptions): Promise<Writer>
  acquireLock(request: LockRequest): Promise<RunLock>
  lockHolder(): Promise<LockHolder | null>
  /** Ends the holder's lock where the database can; SQLite throws LOCK_HELD and says what to stop. */
  breakLock(): Promise<void>
  /** Names of all tables, the journal's included; those outside the current schema with theirs: `app.users`. */
  tableNames(session: Session): Promise<string[]>
  /** The whole schema, the journal's tables left out. */
  introspect(session: Session): Promise<Snapshot>
  /** Statements that remove these facts, in an order that works. */
  dropStatements(facts: readonly Fact[]): string[]
  readonly backup: BackupPort
  /** A throw-away database of the same kind, empty. */
  scratch(): Promise<Scratch>
  /** What emergency scripts are made with; it connects to nothing. */
  emergency(): Promise<EmergencyPort>
}

/** One version's way back, written out. */
export interface EmergencyRollback {
  readonly version: string
  readonly description: string
  /** Versions that need it, directly or through others. */
  readonly dependents: readonly string[]
  /** What its `down` runs, in order, each with the `;` that ends it. */
  readonly statements: readonly string[]
}

export interface EmergencyPort {
  /** A Kysely that writes SQL for this database and sends it to `session`, as if within a transaction. */
  kysely(session: Session): Promise<KyselyLease>
  /** A script that the database's own client runs by itself: all of it happens, or nothing. */
  script(rollback: EmergencyRollback): string
}

export interface Scratch {
  readonly dialect: Dialect
  remove(): Promise<void>
}

/** The journal's two tables. Every dialect leaves them out of a snapshot. */
export const JOURNAL_TABLE = 'schema_migrations'
export const LOG_TABLE = 'schema_migration_log'
