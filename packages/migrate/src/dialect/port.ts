import type { Readable } from 'node:stream'
import type { BackupPhase, Blocker, LockHolder } from '../events.ts'
import type { Finding } from '../finding.ts'
import type { Difference } from '../schema/diff.ts'
import type { Fact, Snapshot } from '../schema/snapshot.ts'
import type { Undo, UndoStage } from '../schema/undo.ts'
import type { RolesPort } from './roles-port.ts'
import type { KyselyLease, Session, Writer, WriterOptions } from './session.ts'
import type { SoundnessPort } from './soundness-port.ts'

export type DialectName = 'sqlite' | 'postgres'

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
  readonly bytes: string
  /** Makes a foreign journal's version column wide enough for ours; null where no length is enforced. */
  readonly widenVersion: string | null
}

/**
 * What a database held at one moment. Two contents of one method and the same digest are the same, whatever the
 * file that they came from.
 */
export interface Content {
  /** How the digest was made; those of different methods say nothing of each other. */
  readonly method: string
  /** SHA-256, in lower-case hex. */
  readonly digest: string
  /** Rows per table, by its name as `tableNames` tells it; the journal's tables are among them. */
  readonly rows: Readonly<Record<string, number>>
}

/** What a backup is made of, before it is made. */
export interface BackupSource {
  /** Of the server, or of the SQLite library: `15.18`. */
  readonly serverVersion: string
  /** An estimate of a raw copy's size, in bytes. */
  readonly bytes: number
  /** An estimate of what the database's own disk needs meanwhile, in bytes: SQLite's WAL grows while a copy is made. */
  readonly growth: number
  /** Whether a copy that is packed needs a raw one on a disk first. */
  readonly staged: boolean
}

export interface Copied {
  readonly content: Content
  /** Of `file`, where the check read all of it after it was written; null where it is still to be read. */
  readonly read: Measure | null
}

/** What a file holds, byte by byte. */
export interface Measure {
  readonly bytes: number
  /** SHA-256, in lower-case hex. */
  readonly sha256: string
}

export interface CopyOptions {
  /** Called with 0 where a phase begins. Bytes. */
  readonly onProgress: (phase: BackupPhase, done: number, total: number) => void
  readonly signal: AbortSignal
  /** Is given a session that sees just what the copy holds. */
  readonly look: (session: Session) => Promise<void>
  /**
   * Takes the raw bytes. With it the copy is not kept: PostgreSQL writes nothing to a disk itself, SQLite needs `file`
   * for a while and removes it.
   */
  readonly pack: ((raw: Readable) => Promise<void>) | null
  /** Whether the copy is compressed by whoever packs it: then the dump itself is not. */
  readonly packCompresses: boolean
}

/** A raw copy that was restored beside the live database, and that can take its place. */
export interface Prepared {
  /** The restored database, to look at and to write to. Nothing of it may be open when it is swapped. */
  readonly dialect: Dialect
  /** What was restored, before anything was written to it. */
  content(): Promise<Content>
  /** Puts it in the live database's place, at once or not at all. */
  swap(options: SwapOptions): Promise<Swap>
  /** Removes it, unless it took the place. */
  discard(): Promise<void>
}

export interface SwapOptions {
  /**
   * Called with what is live, before it is replaced, while nobody can commit to it where the database can see to that
   * (SQLite), to back it up.
   */
  readonly save: () => Promise<void>
  /** How long to wait for others, in milliseconds. */
  readonly waitMs: number
  /** End other connections (PostgreSQL), or go on beside programs that have a damaged file open (SQLite). */
  readonly force: boolean
  /** Lets go of the run lock: PostgreSQL's is a connection to what is replaced, and goes as the last one. */
  readonly releaseLock: () => Promise<void>
  readonly onWaiting: (blockers: readonly Blocker[], waitedMs: number) => void
  readonly signal: AbortSignal
}

export interface Swap {
  /** Where the database is kept that was replaced (PostgreSQL: a dated name), or null. */
  readonly previous: string | null
  /**
   * 'digest': what is live was read again and is what was prepared. 'changed': others have committed to it since, and
   * it descends from what was prepared.
   */
  readonly proof: 'digest' | 'changed'
  /** What of the replaced database did not come over, or stays with it, and how it is mended. */
  readonly notes: readonly Finding[]
}

/** What a restore would meet. */
export interface RestoreState {
  /** 'missing': there is no database. 'damaged': what is there cannot be read as one. */
  readonly live: 'sound' | 'missing' | 'damaged'
  /** Others that stand in the way: connections that would be ended, programs that would go on with a damaged file. */
  readonly clients: readonly Blocker[]
}

export interface BackupPort {
  /** File name extension of a raw copy, without the dot. */
  readonly extension: string
  /** Where restored copies stand, beside the live database; null for a server, whose disk cannot be seen. */
  readonly restoreFolder: string | null
  /** Throws BACKUP_TOOL_MISSING with the install command where what it needs is not there. */
  probe(): Promise<BackupSource>
  /**
   * Writes a consistent copy into `file`, which does not exist yet (its folder does), checks it and says what it holds.
   * Leaves nothing behind when it throws: BACKUP_FAILED, DATABASE_BUSY, DISK_FULL, INTERRUPTED.
   */
  copy(file: string, options: CopyOptions): Promise<Copied>
  /** Reads a raw copy to its end. Throws BACKUP_DAMAGED, BACKUP_WRONG_DIALECT, BACKUP_NEWER. */
  read(raw: Readable, signal: AbortSignal): Promise<void>
  /** Rows per table of the live database, as {@link Content} counts them. */
  rows(): Promise<Readonly<Record<string, number>>>
  /**
   * What is live now: what a restore would replace. Throws NOT_A_DATABASE for a folder in its place, PERMISSION_DENIED;
   * nothing for a database that is missing or damaged.
   */
  restoreState(): Promise<RestoreState>
  /**
   * Restores a raw copy (a file) beside the live database. Leaves nothing behind when it throws: BACKUP_DAMAGED,
   * BACKUP_WRONG_DIALECT, BACKUP_NEWER, BACKUP_NOT_FOUND (the live file itself), NOT_A_DATABASE (a folder in its place),
   * PERMISSION_DENIED, DISK_FULL, RESTORE_FAILED.
   */
  prepare(raw: string, options: PrepareOptions): Promise<Prepared>
  /** Removes what killed restores left in the folder of the live database; nothing on a server. */
  removeAbandoned(): Promise<void>
  /**
   * What restores replaced and kept, oldest first: databases on a server, damaged SQLite files that were put aside. On a
   * server then what killed restores left unfinished: `…_restoring_…`.
   */
  previous(): Promise<string[]>
  /** What is lost with one of {@link previous} besides its tables, or stays elsewhere for nobody. */
  previousNotes(name: string): Promise<Finding[]>
  /** Drops one of {@link previous}. */
  discardPrevious(name: string): Promise<void>
}

export interface PrepareOptions {
  /** False: into a throw-away place that can never be swapped, for a restore test. */
  readonly swappable: boolean
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** What makes the journal's log append-only. */
export interface LogGuard {
  /** Statements that put it in place, whether it is there already or not. `prefix`: as `journalPrefix` says. */
  create(prefix: string): readonly string[]
  /** The triggers that are not there, are switched off or are not as they should be. */
  missing(session: Pick<Session, 'query'>, prefix: string): Promise<string[]>
  /** What others have put on the journal's tables and could swallow or change what is written there. */
  strangers(session: Pick<Session, 'query'>, prefix: string): Promise<string[]>
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
  /** The database's own files on this machine, whether they are there or not; none of a server's. */
  readonly files: readonly string[]
  readonly journalTypes: JournalTypes
  logGuard(): Promise<LogGuard>
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
  /**
   * Who may do what: `grant` and `owner` facts of everything in the users' schemas, the journal's tables included.
   * PostgreSQL; SQLite has none. What every database has by default is left out.
   */
  introspectAccess(session: Session): Promise<Fact[]>
  /** Statements that remove these facts, in an order that works. */
  dropStatements(facts: readonly Fact[]): string[]
  /**
   * Statements that make these facts on a database that has everything else, in an order that works. A part whose table
   * is among them comes with it, others are added to the table that stands, as far as the database can: SQLite cannot
   * add a constraint. Column order is no fact: columns come as they are given. What the facts say too little of is left
   * out (PostgreSQL: a foreign table, a function in C, a view from a generated file).
   */
  createStatements(facts: readonly Fact[]): Promise<string[]>
  /**
   * What takes a difference back, so that the schema is as `stage.after` has it. Null where it cannot be said in SQL. On
   * SQLite it may make a table anew and then runs outside a transaction, since it contains its own.
   */
  undo(difference: Difference, stage: UndoStage): Promise<Undo | null>
  /** Statements that give a table or a column, `from`, the name (and schema) of `to`. */
  renameStatements(from: Fact, to: Fact): Promise<string[]>
  readonly backup: BackupPort
  soundness(): Promise<SoundnessPort>
  /** Null where there are no roles: on SQLite. */
  roles(): Promise<RolesPort | null>
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

/** The journal's tables. Every dialect leaves them out of a snapshot. */
export const JOURNAL_TABLE = 'schema_migrations'
export const LOG_TABLE = 'schema_migration_log'
export const ARCHIVE_TABLE = 'schema_migration_archive'
export const JOURNAL_TABLES: readonly string[] = [JOURNAL_TABLE, LOG_TABLE, ARCHIVE_TABLE]
