import { type CodeInfo, code } from './code.ts'

/** The journal's state. */
export const JOURNAL = {
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
  JOURNAL_SWALLOWED: code(
    3,
    'What was written to the journal is not there: a trigger or a rule on its tables swallows it.',
    'See `validate --category tracking` for what is not ours there; drop it, and run again.',
  ),
  RECORD_REFUSED: code(
    1,
    "The configuration's onRecord failed on an entry of the journal's log, which was undone with what it tells of.",
    'Mend onRecord, or what it writes to, and run again.',
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
  DRIFT: code(
    3,
    'The database was changed behind the back of its migrations.',
    'See `drift` for what changed; undo it, or go on with `migrate --accept-drift`.',
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
  EMERGENCY_STALE: code(
    3,
    'The emergency scripts are not what the migrations roll back.',
    'Run `emergency` and commit the files.',
  ),
} as const satisfies Record<string, CodeInfo>
