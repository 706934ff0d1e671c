import { MigrateError } from '../../../errors.ts'
import type { Ended } from './child.ts'
import { unreadable } from './raw.ts'

/** Settings of the sessions that restore: they win over what is set for the database. */
export const SESSION_OPTIONS: readonly string[] = [
  'default_transaction_read_only=off',
  // what is lost with the server is only what was being restored; the swap makes it last
  'synchronous_commit=off',
]

/**
 * Why pg_restore or psql failed, as an error. `isOfClean`: it drops what an empty database does not have.
 */
export function restoreError(ended: Ended, isOfClean = false): MigrateError {
  const { words, said, crashed } = ended
  const missing = /role "(.+?)" does not exist/.exec(said)?.[1]
  if (missing !== undefined) {
    return new MigrateError('RESTORE_FAILED', {
      message: `What the backup holds belongs to the role "${missing}", which this server does not have.`,
      hint: `Create it with CREATE ROLE "${missing.replaceAll('"', '""')}", then restore again.`,
    })
  }
  if (/No space left on device/.test(said)) {
    return new MigrateError('DISK_FULL', { message: `The server's disk is full: ${words}` })
  }
  if (/permission denied|must be (owner|member|superuser|able)|must have /.test(said)) {
    return new MigrateError('PERMISSION_DENIED', {
      message: `The database user may not make what the backup holds: ${words}`,
      hint: 'Restore as a superuser, or as a role that is a member of all owners in it.',
    })
  }
  if (isOfClean && /ERROR: .* does not exist$/m.test(said)) {
    return new MigrateError('RESTORE_FAILED', {
      message: `The dump drops what is not there, as one that pg_dump --clean made does: ${words}`,
      hint: 'Dump with pg_dump -Fc, or in SQL without --clean or with --clean --if-exists.',
    })
  }
  if (crashed || DAMAGED.test(said)) return unreadable(ended)
  return new MigrateError('RESTORE_FAILED', { message: `The restore failed: ${words}` })
}

// https://github.com/postgres/postgres/tree/master/src/bin/pg_dump, what it says of files
const DAMAGED =
  /could not (read from input file|find block ID|uncompress)|unexpected (end of file|block ID|data offset)|valid archive|corrupt|unrecognized data block/
