import { MigrateError } from '../../../errors.ts'
import type { PostgresTarget } from '../connection.ts'
import { beside, databaseName, dropDatabase } from '../databases.ts'
import { markedDatabases } from './marks.ts'

/** The databases that restores of this one replaced and kept, oldest first. */
export async function previousDatabases(target: PostgresTarget): Promise<string[]> {
  const live = await databaseName(target)
  return beside(target, (connection) => markedDatabases(connection, 'previous', live))
}

/** Throws BACKUP_NOT_FOUND for the name of anything else, PERMISSION_DENIED. */
export async function discardPrevious(target: PostgresTarget, name: string): Promise<void> {
  const live = await databaseName(target)
  await beside(target, async (connection) => {
    const kept = await markedDatabases(connection, 'previous', live)
    if (kept.includes(name)) return dropDatabase(connection, name)
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `No restore of ${live} has kept a database ${name}.`,
      hint: kept.length > 0 ? `There are ${kept.join(', ')}.` : 'There is none to drop.',
    })
  })
}
