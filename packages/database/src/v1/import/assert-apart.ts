import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { type Look, MigrateError } from '@fossawork/migrate'
import { printable } from '../directory/printable.ts'

/**
 * Proves that nothing that an import writes lies in the directory that it reads, links resolved. `directory`: its real
 * path. Throws USAGE.
 */
export async function assertApart(
  { dialect, location, backupFolder }: Pick<Look, 'dialect' | 'location' | 'backupFolder'>,
  directory: string,
): Promise<void> {
  if (dialect === 'sqlite' && isWithin(await realPathOf(location), directory)) {
    throw within('The database', location, directory, 'Move the database out of it.')
  }
  if (isWithin(await realPathOf(backupFolder), directory)) {
    throw within(
      'The folder of the backups',
      backupFolder,
      directory,
      'Move it out, or name another one with --backup-dir.',
    )
  }
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(directory, way) === path
}

/** Of what need not be there yet. */
async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path)
  const parent = dirname(absolute)
  try {
    return await realpath(absolute)
  } catch {
    return parent === absolute ? absolute : join(await realPathOf(parent), basename(absolute))
  }
}

const within = (what: string, path: string, directory: string, hint: string): MigrateError =>
  new MigrateError('USAGE', {
    message: `${what} lies in V1's data directory ${printable(directory)}, which must not change while it is read: ${printable(path)}.`,
    hint,
  })
