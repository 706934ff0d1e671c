import { MigrateError } from '../../../errors.ts'
import type { RestoreState } from '../../port.ts'
import { connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { databaseName, oidOf } from '../databases.ts'
import { blockerOf, clientsAmong, sessionsOf } from './sessions.ts'

/** What a restore would replace, and who is connected to it. */
export async function restoreState(target: PostgresTarget): Promise<RestoreState> {
  let connection: Awaited<ReturnType<typeof connect>>
  try {
    connection = await connect(target, 'migrate-reader', UNLIMITED)
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== 'DATABASE_MISSING') throw error
    return { live: 'missing', clients: [] }
  }
  try {
    const oid = await oidOf(connection, await databaseName(target))
    const sessions = oid === null ? [] : await sessionsOf(connection, [oid])
    return { live: 'sound', clients: clientsAmong(sessions).map(blockerOf) }
  } finally {
    await connection.close()
  }
}
