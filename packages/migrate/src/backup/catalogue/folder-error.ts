import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'

/** What stands in a folder. */
export type Kept = 'backups' | 'archives'

const HINTS: Readonly<Record<Kept, { full: string; denied: string; other: string }>> = {
  backups: {
    full: 'Make room, with `backup --cleanup` perhaps, or name another folder with --backup-dir.',
    denied:
      'Give this user the right to read and write it, or name another folder with --backup-dir.',
    other: 'Mend what is named, or name another folder with --backup-dir.',
  },
  archives: {
    full: 'Make room, then run it again.',
    denied: 'Give this user the right to read and write it, then run it again.',
    other: 'Mend what is named, then run it again.',
  },
}

/** What the file system says of a folder, with a way out: PERMISSION_DENIED, DISK_FULL, BACKUP_FAILED. */
export function folderError(thrown: unknown, folder: string, kept: Kept = 'backups'): unknown {
  if (thrown instanceof MigrateError || errno(thrown) === undefined) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  const { full, denied, other } = HINTS[kept]
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MigrateError('DISK_FULL', {
      message: `The disk that the ${kept} in ${folder} stand on is full: ${message}.`,
      hint: full,
      cause: thrown,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MigrateError('PERMISSION_DENIED', {
      message: `The ${kept}' folder ${folder} cannot be used by this user: ${message}.`,
      hint: denied,
      cause: thrown,
    })
  }
  return new MigrateError('BACKUP_FAILED', {
    message: `The ${kept}' folder ${folder} cannot be used: ${message}.`,
    hint: other,
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
