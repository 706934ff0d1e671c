import { type CodeInfo, code } from './code.ts'

/** The database. */
export const DATABASE = {
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
  ROLE_MISSING: code(2, 'The server has no role of that name.', 'Create the role first.'),
  RIGHTS_INCOMPLETE: code(
    3,
    'The rights would not be what the roles need; nothing was changed.',
    'Do by hand what is named, as a superuser, then run it again.',
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
  DISK_FAILED: code(
    1,
    'The disk, or its file system, failed.',
    'Look at the disk, its quota and the system log, then run again.',
  ),
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
  DUPLICATE_ROW: code(
    1,
    'A row is there already that may be there only once.',
    'Find the rows with the same key, keep the right one, then run again.',
  ),
  STATEMENT_FAILED: code(
    1,
    'The database refused a statement.',
    'Correct the statement that is shown.',
  ),
} as const satisfies Record<string, CodeInfo>
