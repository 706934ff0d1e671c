import { MigrateError } from '../../../errors.ts'
import type { Finding } from '../../../finding.ts'
import type { Connection, PostgresTarget } from '../connection.ts'
import { beside, databaseName } from '../databases.ts'
import { abandonedDatabases } from './abandoned.ts'
import { dropDatabase } from './drop-database.ts'
import { markedDatabases } from './marks.ts'
import { lossNotes } from './notes.ts'

/**
 * The databases that restores of this one replaced and kept, oldest first, and after them those that killed restores
 * left unfinished (`…_restoring_…`).
 */
export async function previousDatabases(target: PostgresTarget): Promise<string[]> {
  const live = await databaseName(target)
  return beside(target, (connection) => removable(connection, target, live))
}

async function removable(
  connection: Connection,
  target: PostgresTarget,
  live: string,
): Promise<string[]> {
  return [
    ...(await markedDatabases(connection, 'previous', live)),
    ...(await abandonedDatabases(connection, target, live)),
  ]
}

/** What goes with one of them and is not in its tables. */
export const previousNotes = (target: PostgresTarget, name: string): Promise<Finding[]> =>
  beside(target, (connection) => lossNotes(connection, name))

/** Throws BACKUP_NOT_FOUND for the name of anything else, DATABASE_BUSY, PERMISSION_DENIED. */
export async function discardPrevious(target: PostgresTarget, name: string): Promise<void> {
  const live = await databaseName(target)
  await beside(target, async (connection) => {
    const kept = await removable(connection, target, live)
    if (kept.includes(name)) return dropDatabase(connection, target, name)
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `No restore of ${live} has kept a database ${name}.`,
      hint: kept.length > 0 ? `There are ${kept.join(', ')}.` : 'There is none to drop.',
    })
  })
}
