import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'

/** What the file system says of a backups' folder, with a way out: PERMISSION_DENIED, DISK_FULL, BACKUP_FAILED. */
export function folderError(thrown: unknown, folder: string): unknown {
  if (thrown instanceof MigrateError || errno(thrown) === undefined) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MigrateError('DISK_FULL', {
      message: `The disk that the backups in ${folder} stand on is full: ${message}.`,
      hint: 'Make room, with `backup --cleanup` perhaps, or name another folder with --backup-dir.',
      cause: thrown,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MigrateError('PERMISSION_DENIED', {
      message: `The backups' folder ${folder} cannot be used by this user: ${message}.`,
      hint: 'Give this user the right to read and write it, or name another folder with --backup-dir.',
      cause: thrown,
    })
  }
  return new MigrateError('BACKUP_FAILED', {
    message: `The backups' folder ${folder} cannot be used: ${message}.`,
    hint: 'Mend what is named, or name another folder with --backup-dir.',
    cause: thrown,
  })
}

/** What the work gives, or null where the disk is full: for what must not keep anyone from making room. */
export async function unlessFull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof MigrateError && thrown.code === 'DISK_FULL') return null
    throw thrown
  }
}
