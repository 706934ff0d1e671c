import { MigrateError } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import {
  type Connection,
  connect,
  createClient,
  type PostgresTarget,
  UNLIMITED,
} from './connection.ts'
import { send } from './session.ts'

/** The same server and user, on another database. */
export function onDatabase(target: PostgresTarget, name: string): PostgresTarget {
  const url = new URL(target.url.reveal())
  url.pathname = `/${encodeURI(name)}`
  return {
    dialect: 'postgres',
    url: new Secret(url.href),
    location: target.location.replace(/[^/]*$/, name),
  }
}

/** The name of a target's database, as the driver reads it. */
export async function databaseName(target: PostgresTarget): Promise<string> {
  return (await createClient(target, 'migrate-restore')).database ?? ''
}

/** Ones that every server has; a database cannot be renamed or dropped from within. */
const MAINTENANCE = ['postgres', 'template1']

/** A connection to another database of the server, to work on a target's from outside. */
export async function connectBeside(
  target: PostgresTarget,
  applicationName = 'migrate-restore',
): Promise<Connection> {
  const name = await databaseName(target)
  let refused: unknown
  for (const other of MAINTENANCE.filter((other) => other !== name)) {
    try {
      return await connect(onDatabase(target, other), applicationName, [
        // a rename that waits does not outlive this process for long
        ['client_connection_check_interval', '1s'],
        ...UNLIMITED,
      ])
    } catch (error) {
      if (!(error instanceof MigrateError) || !CLOSED.has(error.code)) throw error
      refused = error
    }
  }
  throw new MigrateError('PERMISSION_DENIED', {
    message: `The user may connect to none of the databases ${MAINTENANCE.join(' and ')}, from which another one is renamed or dropped.`,
    hint: 'GRANT CONNECT ON DATABASE postgres TO …, and let pg_hba.conf allow it.',
    cause: refused,
  })
}

const CLOSED = new Set(['DATABASE_MISSING', 'PERMISSION_DENIED', 'AUTHENTICATION_FAILED'])

/** Does something on such a connection. */
export async function beside<T>(
  target: PostgresTarget,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connectBeside(target)
  try {
    return await use(connection)
  } finally {
    await connection.close().catch(() => {})
  }
}

/** The database's number, which a new name does not change; null where there is none. */
export async function oidOf(connection: Connection, name: string): Promise<number | null> {
  const { rows } = await send<{ oid: number }>(
    connection,
    'SELECT oid FROM pg_database WHERE datname = $1',
    [name],
  )
  return rows[0]?.oid ?? null
}

/** Longer names are cut by the server, silently: NAMEDATALEN - 1. */
const NAME_BYTES = 63

/** A name with a suffix; what is too long loses its end before it. */
export function nameWith(name: string, suffix: string): string {
  let start = name
  while (Buffer.byteLength(start + suffix) > NAME_BYTES) start = [...start].slice(0, -1).join('')
  return start + suffix
}
