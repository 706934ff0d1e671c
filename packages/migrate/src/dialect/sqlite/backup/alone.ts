import { constants } from 'node:fs'
import { access, open, realpath, stat } from 'node:fs/promises'
import { MigrateError } from '../../../errors.ts'

/**
 * Refuses a raw copy that is only a part of a database: one whose last commits stand in a file beside it, and the live
 * one itself, which others may be changing. Throws BACKUP_DAMAGED, BACKUP_NOT_FOUND.
 */
export async function assertAlone(raw: string, live: string): Promise<void> {
  if (await isSameFile(raw, live)) {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `${raw} is the database ${live} itself, not a backup of it.`,
    })
  }
  const file = await realpath(raw)
  for (const path of [`${file}-wal`, `${file}-journal`]) {
    if (!(await holdsCommits(path))) continue
    throw new MigrateError('BACKUP_DAMAGED', {
      message: `${file} is not all of its database: ${path} holds changes that belong to it. The database was not touched.`,
      hint: 'Make one whole copy of both with `sqlite3 FILE ".backup COPY"`, and restore COPY.',
    })
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([stat(one), stat(other)])
    return a.dev === b.dev && a.ino === b.ino
  } catch {
    return false
  }
}

/** A journal that is done with stays empty, or begins with zeros: https://www.sqlite.org/fileformat.html, section 3. */
async function holdsCommits(path: string): Promise<boolean> {
  const there = await access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
  if (!there) return false
  const handle = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, 0)
    return bytesRead > 0 && buffer[0] !== 0
  } finally {
    await handle.close()
  }
}
