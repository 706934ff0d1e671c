/** What an error code means: one row of {@link CODES}. */
export interface CodeInfo {
  /** One sentence on what happened, for `docs/errors.md` and as the message when none is given. */
  readonly summary: string
  /** What to do next. */
  readonly hint: string
  /** The command line's exit status: 1 failed, 2 usage, 3 needs attention, 4 lock, 130 interrupted. */
  readonly exit: 1 | 2 | 3 | 4 | 130
  /** Whether the same call may succeed if it is simply made again. */
  readonly retryable: boolean
}

const code = (
  exit: CodeInfo['exit'],
  summary: string,
  hint: string,
  retryable = false,
): CodeInfo => ({ summary, hint, exit, retryable })

/** Every error this package raises. `docs/errors.md` is generated from it. */
export const CODES = {
  // usage and configuration
  USAGE: code(2, 'The command was not understood.', 'See the command with --help.'),
  CONFIG_INVALID: code(2, 'The configuration is not valid.', 'Correct the keys that are named.'),
  CONFIG_NOT_FOUND: code(
    2,
    'There is no configuration file.',
    'Pass --migrations DIR, or write migrate.config.mjs: `export default { migrations: "./migrations" }`.',
  ),
  URL_INVALID: code(
    2,
    'The database URL is malformed.',
    'Use sqlite:///relative.db, sqlite:////absolute.db or postgresql://user:password@host:5432/name.',
  ),
  CONFIRMATION_NEEDED: code(
    2,
    'The command asks for a confirmation and there is no terminal to ask on.',
    'Pass --yes to confirm.',
  ),
  OPTION_MISSING: code(2, 'An option that the command needs is missing.', 'Pass the option.'),
  DRIVER_MISSING: code(
    2,
    'The package pg, which PostgreSQL needs, is not installed.',
    'Run `npm install pg`.',
  ),

  // migration files
  MIGRATIONS_NOT_FOUND: code(
    2,
    'The migrations folder is missing or cannot be read.',
    'Check the path, and that this user may read it.',
  ),
  MIGRATION_INVALID: code(
    2,
    'A migration file is not a migration.',
    'Export up and down, or defineMigration({...}) as default; in .sql write -- migrate:up.',
  ),
  MIGRATION_UNPARSABLE: code(2, 'A migration file does not parse.', 'Correct the file.'),
  DUPLICATE_VERSION: code(
    2,
    'Two files have the same version.',
    'Keep one of them, or rename one that was never applied.',
  ),
  UNKNOWN_VERSION: code(2, 'There is no such version.', 'See `status` for the versions.'),
  DEPENDENCY_MISSING: code(
    2,
    'A migration depends on a version that does not exist.',
    'Correct dependsOn, or bring the file back.',
  ),
  DEPENDENCY_CYCLE: code(
    2,
    'Migrations depend on each other in a circle.',
    'Remove one of the dependencies shown.',
  ),
  BUILD_STALE: code(
    2,
    'A built migration does not belong to the source whose checksum was recorded.',
    'Build again; never edit a built migration.',
  ),

  // the journal's state
  CHECKSUM_MISMATCH: code(
    3,
    'A migration changed after it was applied.',
    'Put the file back and make the change in a new migration, or accept it with `repair`.',
  ),
  JOURNAL_DIRTY: code(
    3,
    'A migration was left running: its run died in a step without a transaction.',
    'Look at what it did, then say so with `repair`, or remove its leftovers with `rollback`.',
  ),
  STATUS_UNKNOWN: code(
    3,
    'The journal holds a state that no version can be in.',
    'Set it right by hand in schema_migrations: applied, failed or rolled_back.',
  ),
  MIGRATION_MISSING: code(
    3,
    'The journal holds a version that no file explains.',
    'Bring the file back, or `repair` the row.',
  ),
  DATABASE_NEWER: code(
    3,
    'The database is newer than this code.',
    'Deploy the code that knows these versions.',
  ),
  JOURNAL_FOREIGN: code(
    3,
    'The database is tracked by another tool.',
    'Run `adopt` to take it over.',
  ),
  DATABASE_NOT_EMPTY: code(
    3,
    'The database has tables but no journal.',
    'Run `baseline --version V` with the version that it is at.',
  ),
  JOURNAL_CHAIN_BROKEN: code(
    3,
    "The journal's log was edited: its hash chain does not hold.",
    'See `validate` for the first entry that does not fit.',
  ),
  JOURNAL_EXISTS: code(
    3,
    'The database has a journal already.',
    'Nothing to take over; see `status`.',
  ),
  HAS_DEPENDENTS: code(
    3,
    'Applied migrations depend on the version.',
    'Roll those back first, or pass --with-dependents.',
  ),
  NOT_APPLIED: code(3, 'The version is not applied.', 'See `status`.'),
  IRREVERSIBLE: code(
    3,
    'The migration cannot be rolled back: it says so itself.',
    'Write a new migration that goes forward, or restore a backup.',
  ),
  NOTHING_TO_REPAIR: code(3, 'There is nothing of that kind to repair.', 'See `validate`.'),
  SCHEMA_DIFFERS: code(
    3,
    'The database is not what its migrations would have made.',
    'Mend the differences, or take it as it is with --accept-drift.',
  ),
  SCHEMA_CONFLICT: code(
    3,
    'Something of that name is there already, and it is not what the migration would make.',
    'Rename or drop it, or remove the leftovers with `rollback --version V`.',
  ),
  SNAPSHOT_MISSING: code(
    3,
    'There is no generated snapshot of what each migration makes.',
    'Run `snapshot` in development and commit the file.',
  ),
  SNAPSHOT_STALE: code(
    3,
    'The generated snapshot does not belong to these migrations.',
    'Run `snapshot` and commit the file.',
  ),

  // running
  STEP_FAILED: code(1, 'A migration failed and was rolled back.', 'Correct it and run again.'),
  CLAIM_LOST: code(
    1,
    'Another runner has taken this step.',
    'Run again: it will find the step done.',
    true,
  ),
  CHECK_FAILED: code(
    1,
    'A step broke what it promised to keep and was rolled back.',
    'Correct the migration.',
  ),
  ROWS_LOST: code(
    1,
    'Rows would have been lost; the step was rolled back.',
    'Correct the migration, or declare the table in `shrinks` if the loss is meant.',
  ),
  FOREIGN_KEY_VIOLATION: code(
    1,
    'Rows would point at nothing; the step was rolled back.',
    'Correct the migration so that every reference has its row.',
  ),
  DROP_REFUSED: code(
    1,
    'Dropping the table would delete rows of other tables without a word; the step was rolled back.',
    "Declare foreignKeys: 'checked' in the migration for a rebuild, or empty the rows that refer to it first.",
  ),
  INTERRUPTED: code(130, 'The run was interrupted.', 'Run again to go on.', true),
  PLAN_STALE: code(
    1,
    'The database changed between the plan and its execution.',
    'Plan again.',
    true,
  ),

  // the lock
  LOCK_TIMEOUT: code(
    4,
    'Another run holds the lock.',
    'Wait for it, raise --wait, or look at it with `unlock`.',
    true,
  ),
  LOCK_LOST: code(
    1,
    'The lock was lost during the run.',
    'Check the connection to the database, then run again.',
    true,
  ),
  LOCK_HELD: code(
    3,
    'The lock is held by a run that is alive.',
    'Stop that run, or pass --force where it can be broken.',
  ),

  // the database
  DATABASE_MISSING: code(
    1,
    'The database does not exist.',
    'Create it, or check the name in DATABASE_URL.',
  ),
  DATABASE_UNREACHABLE: code(
    1,
    'The database server does not answer.',
    'Check that it runs, and the host and port in DATABASE_URL.',
    true,
  ),
  AUTHENTICATION_FAILED: code(
    1,
    'The database refused the user or the password.',
    'Check both in DATABASE_URL.',
  ),
  PERMISSION_DENIED: code(
    1,
    'The database user may not do this.',
    'Grant the right, or use a role that has it.',
  ),
  READ_ONLY: code(
    1,
    'The database, or its folder, cannot be written.',
    'Check the permissions, the mount, and the free space.',
  ),
  NOT_A_DATABASE: code(
    1,
    'The file is not a SQLite database, or it is damaged.',
    'Check the path; restore a backup if it is damaged.',
  ),
  DATABASE_BUSY: code(
    1,
    'Another connection keeps the database busy.',
    'End the long transaction, then run again.',
    true,
  ),
  DISK_FULL: code(1, 'The disk is full.', 'Make room, then run again.'),
  DDL_LOCK_TIMEOUT: code(
    1,
    'A table stayed locked by others for too long.',
    'End the session that is named, or run again at a quieter time.',
    true,
  ),
  DEADLOCK: code(1, 'The database ended the statement to resolve a deadlock.', 'Run again.', true),
  CONNECTION_LOST: code(
    1,
    'The connection to the database was lost.',
    'Check the server, then run again.',
    true,
  ),
  STATEMENT_FAILED: code(
    1,
    'The database refused a statement.',
    'Correct the statement that is shown.',
  ),

  // backups
  BACKUP_TOOL_MISSING: code(
    1,
    'The tool that backs the database up is missing or too old.',
    'Install it, or pass --no-backup to run without one.',
  ),
  BACKUP_FAILED: code(
    1,
    'The backup could not be made; nothing was changed.',
    'Mend what is named, or pass --no-backup to run without one.',
  ),

  INTERNAL: code(1, 'Something went wrong that this tool does not know.', 'Report it, please.'),
} as const satisfies Record<string, CodeInfo>

/** A stable name for what went wrong; never changes once released. */
export type ErrorCode = keyof typeof CODES
