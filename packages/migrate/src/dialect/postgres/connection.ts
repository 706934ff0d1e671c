import type { Client } from 'pg'
import type { DatabaseTarget } from '../../config/database-url.ts'
import { MigrateError } from '../../errors.ts'
import { connectError } from './errors.ts'

export type PostgresTarget = Extract<DatabaseTarget, { dialect: 'postgres' }>

/** An open connection and what became of it. */
export interface Connection {
  readonly client: Client
  /** The settings that had to be made, `name = 'value'`; complete once a statement was answered. */
  readonly settings: string[]
  /** True once the connection is gone, whoever ended it. */
  lost: boolean
  /** True once we asked the server to stop a statement of it. */
  cancelled: boolean
  close(): Promise<void>
  /** Ends it at once, whatever is under way. */
  abandon(): void
}

/** Name and value. */
export type Setting = readonly [name: string, value: string]

/** How long to wait for a connection, in milliseconds. */
const CONNECT_TIMEOUT = 10_000

/** What a server or a role may have set for its applications; a run outlives it. */
export const UNLIMITED: readonly Setting[] = [
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['idle_session_timeout', '0'],
  ['transaction_timeout', '0'],
]

/** Longer names are cut by the server: NAMEDATALEN - 1. */
const APPLICATION_NAME_BYTES = 63

/**
 * Opens a connection. `settings` hold for the connection; one that this server does not have is left out. Throws DRIVER_MISSING, DATABASE_UNREACHABLE, AUTHENTICATION_FAILED, DATABASE_MISSING.
 */
export async function connect(
  target: PostgresTarget,
  applicationName: string,
  settings: readonly Setting[] = [],
): Promise<Connection> {
  const client = await createClient(target, applicationName)
  const connection: Connection = {
    client,
    settings: [],
    lost: false,
    cancelled: false,
    async close() {
      await client.end()
    },
    abandon: () => client.connection.stream.destroy(),
  }
  const lose = () => {
    connection.lost = true
  }
  client.on('error', lose)
  client.on('end', lose)
  try {
    await client.connect()
  } catch (cause) {
    client.end().catch(() => {})
    throw connectError(cause, {
      host: client.host,
      port: client.port,
      database: client.database ?? '',
      user: client.user ?? '',
    })
  }
  // sent ahead of the first statement, in its round trip; the driver reads dates in the style ISO only
  for (const setting of [['DateStyle', 'ISO'] as const, ...settings]) apply(connection, setting)
  return connection
}

function apply({ client, settings }: Connection, [name, value]: Setting): void {
  // not where it has the value (the order of a date may stand behind its style), nor where the server is too old for it
  const text = `SELECT set_config('${name}', '${value}', false)
    WHERE split_part(current_setting('${name}', true), ',', 1) <> '${value}'`
  client.query(text).then(
    ({ rowCount }) => {
      if (rowCount) settings.push(`${name} = '${value}'`)
    },
    // one that its platform does not take; a lost connection shows at the next statement
    () => {},
  )
}

/** A client that is not connected yet: the target's host, user and password as the driver reads them. */
export async function createClient(
  target: PostgresTarget,
  applicationName: string,
): Promise<Client> {
  const pg = await loadDriver()
  const url = new URL(target.url.reveal())
  // ours tells the runs apart
  url.searchParams.delete('application_name')
  try {
    return new pg.Client({
      connectionString: url.href,
      application_name: applicationName.slice(0, APPLICATION_NAME_BYTES),
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      pipeline: true,
    })
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new MigrateError('URL_INVALID', {
      message: `The PostgreSQL URL cannot be used: ${text}`,
      hint: 'Check its parameters, sslmode and the certificate files among them.',
    })
  }
}

async function loadDriver(): Promise<typeof import('pg')['default']> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new MigrateError('DRIVER_MISSING', { cause })
  }
}
