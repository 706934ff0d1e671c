import { type CodeInfo, code } from './code.ts'

/** Backups, restores and keys. */
export const BACKUPS = {
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
  BACKUP_NOT_FOUND: code(
    2,
    'There is no such backup.',
    'See `backup --list`, or name a file with `restore --backup-file F`.',
  ),
  BACKUP_DAMAGED: code(
    3,
    'The backup is damaged; the database was not touched.',
    'Choose another one: `backup --verify` says which are sound.',
  ),
  BACKUP_WRONG_DIALECT: code(
    3,
    'The backup is of another kind of database.',
    'Choose a backup of this kind of database: see `backup --list`.',
  ),
  BACKUP_NEWER: code(
    3,
    'The backup was made by something newer than what would read it.',
    'Use a newer version of this tool, or of the database, to restore it.',
  ),
  BACKUP_ENCRYPTED: code(
    3,
    'The backup is encrypted, and the key for it is not here.',
    'Set the master key that it was made with.',
  ),
  CLIENTS_CONNECTED: code(
    3,
    'Others are connected to the database that is to be replaced.',
    'Stop them, or pass --force to end their connections.',
  ),
  RESTORE_FAILED: code(
    1,
    'The restore failed; the database is as it was.',
    'Mend what is named, then run it again.',
  ),
  KEY_MISSING: code(
    2,
    'There is no master key.',
    'Make one with `keys generate`, and name its file in the environment.',
  ),
  KEY_INVALID: code(2, 'The master key cannot be used.', 'Correct what is named.'),
  CREDENTIAL_UNREADABLE: code(
    3,
    'A stored secret is not encrypted, or was altered, cut off or moved.',
    'Encrypt it, or enter it again.',
  ),
} as const satisfies Record<string, CodeInfo>
