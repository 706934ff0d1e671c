import type { Kysely } from 'kysely'
import type { Blocker, IndexProgress } from '../events.ts'
import type { Finding } from '../finding.ts'

export type Row = Record<string, unknown>

/**
 * What a row that is added in bulk may hold; it means the same on both databases. Whole numbers beyond 2^53 are bigints;
 * a boolean column takes booleans; times are ISO 8601.
 */
export type BulkValue = string | number | bigint | boolean | null

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
  /**
   * Adds rows in the fastest way there is, in the transaction that is open. A row that is refused leaves the
   * transaction to be rolled back. Throws DUPLICATE_ROW, and STATEMENT_FAILED before anything is sent for a value that
   * not both databases can store.
   */
  insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly BulkValue[])[],
  ): Promise<void>
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
  /** How far an index is whose building takes longer (PostgreSQL). SQLite cannot tell. */
  readonly onIndexProgress?: (progress: IndexProgress) => void
  /** Many rows are added: SQLite takes more memory for it. Default false. */
  readonly manyRows?: boolean
  /** Write even where the database's sessions are read-only by default (PostgreSQL). */
  readonly evenFrozen?: boolean
}
