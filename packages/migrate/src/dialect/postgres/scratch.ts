import { randomBytes } from 'node:crypto'
import { MigrateError } from '../../errors.ts'
import type { Dialect, Scratch } from '../port.ts'
import { type Connection, connect, type PostgresTarget, UNLIMITED } from './connection.ts'
import { onDatabase } from './databases.ts'
import { send } from './session.ts'

/**
 * Makes an empty database on the target's server. Throws PERMISSION_DENIED where the role may not create one.
 */
export async function createScratch(
  target: PostgresTarget,
  dialectFor: (target: PostgresTarget) => Dialect,
): Promise<Scratch> {
  const name = `migrate_scratch_${randomBytes(8).toString('hex')}`
  try {
    await withConnection(target, (connection) => send(connection, `CREATE DATABASE ${name}`))
  } catch (cause) {
    if (!(cause instanceof MigrateError) || cause.code !== 'PERMISSION_DENIED') throw cause
    throw new MigrateError('PERMISSION_DENIED', {
      message: 'The database user may not create the throw-away database that this needs.',
      hint: 'Grant it with ALTER ROLE … CREATEDB, or use a role or a server that may.',
      cause,
    })
  }
  return {
    dialect: dialectFor(onDatabase(target, name)),
    remove: () =>
      withConnection(target, async (connection) => {
        const { dropDatabase } = await import('./backup/drop-database.ts')
        await dropDatabase(connection, target, name)
      }),
  }
}

async function withConnection(
  target: PostgresTarget,
  use: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(target, 'migrate-scratch', UNLIMITED)
  try {
    await use(connection)
  } finally {
    await connection.close()
  }
}
