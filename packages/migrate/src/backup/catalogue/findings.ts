import { join } from 'node:path'
import type { Finding } from '../../finding.ts'
import { type BadLine, INDEX_NAME, type Listed } from './index-file.ts'

const ANOTHER = 'Restore from another one: `backup --list` names them.'

export function describeMissing(folder: string, path: string): Finding {
  return {
    code: 'BACKUP_MISSING',
    severity: 'error',
    message: `The backup ${path} is missing: the index lists it, and it is not there.`,
    at: { file: join(folder, path) },
    fix: 'Bring it back from a copy of the folder, or make a new one with `backup`.',
  }
}

/** A file that has not the size that it was stored with. */
export function describeSize(folder: string, { path, bytes }: Listed, size: number): Finding {
  const cut = size < bytes
  return {
    code: cut ? 'BACKUP_CUT' : 'BACKUP_DAMAGED',
    severity: 'error',
    message: `The backup ${path} ${cut ? 'is cut' : 'has grown'}: it has ${size} bytes, and had ${bytes} when it was stored.`,
    at: { file: join(folder, path) },
    fix: ANOTHER,
  }
}

/** `sound`: where the same backup stands in another tier, and is whole there. */
export function describeDamage(folder: string, path: string, sound: string | undefined): Finding {
  return {
    code: 'BACKUP_DAMAGED',
    severity: 'error',
    message: sound
      ? `The backup ${path} is damaged: its contents differ from those of ${sound}, which is whole.`
      : `The backup ${path} is damaged: its SHA-256 is not the one that it was stored with.`,
    at: { file: join(folder, path) },
    fix: sound ? `Copy it again: \`cp ${join(folder, sound)} ${join(folder, path)}\`.` : ANOTHER,
  }
}

export function describeRenamed(folder: string, path: string, now: string): Finding {
  const [from, to] = [join(folder, now), join(folder, path)]
  return {
    code: 'BACKUP_RENAMED',
    severity: 'error',
    message: `The backup ${path} is now called ${now}: that file has its contents.`,
    at: { file: from },
    fix: `Give it its name back: \`mv ${from} ${to}\`, and the same for a manifest that was renamed with it.`,
  }
}

/** `mutual`: the two exchanged their names. Else only `path` holds what `other` should. */
export function describeSwapped(
  folder: string,
  path: string,
  other: string,
  mutual: boolean,
): Finding {
  return {
    code: 'BACKUP_SWAPPED',
    severity: 'error',
    message: mutual
      ? `The backups ${path} and ${other} exchanged their names: each has the other's contents.`
      : `The backup ${path} has the contents of ${other}, not its own.`,
    at: { file: join(folder, path) },
    fix: mutual ? 'Exchange the names of the two files again.' : ANOTHER,
  }
}

export function describeUnreadable(folder: string, path: string, error: unknown): Finding {
  return {
    code: 'BACKUP_UNREADABLE',
    severity: 'error',
    message: `The backup ${path} cannot be read: ${(error as Error).message}.`,
    at: { file: join(folder, path) },
    fix: 'Give this user the right to read it, or check the disk.',
  }
}

export function describeRemoving(folder: string, path: string): Finding {
  return {
    code: 'REMOVAL_UNFINISHED',
    severity: 'warning',
    message: `The removal of the backup ${path} was begun, and did not end.`,
    at: { file: join(folder, path) },
    fix: 'The next `backup` or `backup --cleanup` ends it.',
  }
}

export function describeBadLine(folder: string, { line, torn }: BadLine): Finding {
  const file = join(folder, INDEX_NAME)
  return {
    code: 'INDEX_DAMAGED',
    severity: torn ? 'warning' : 'error',
    message: torn
      ? `Line ${line} of the index was cut short, by a crash or a full disk, and does not count.`
      : `Line ${line} of the index is not as it was written, and does not count.`,
    at: { file, line },
    fix: 'The next `backup` takes in again what the line was about, if it stands in the folder with its manifest.',
  }
}
