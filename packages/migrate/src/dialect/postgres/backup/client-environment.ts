import { createClient, type PostgresTarget } from '../connection.ts'

/**
 * What a client program needs to connect as the driver does; the password stands in the child's own environment
 * only, never in its arguments. `options` are settings for its sessions, `name=value`.
 */
export async function clientEnvironment(
  target: PostgresTarget,
  options: readonly string[] = [],
): Promise<NodeJS.ProcessEnv> {
  const client = await createClient(target, 'migrate-backup')
  const parameters = new URL(target.url.reveal()).searchParams
  const sslMode = parameters.get('sslmode')
  const fromUrl = {
    // the driver's own word for TLS without a look at the certificate
    PGSSLMODE: sslMode === 'no-verify' ? 'require' : sslMode,
    PGSSLROOTCERT: parameters.get('sslrootcert'),
    PGSSLCERT: parameters.get('sslcert'),
    PGSSLKEY: parameters.get('sslkey'),
    PGOPTIONS: [parameters.get('options'), ...options.map((option) => `-c ${option}`)]
      .filter(Boolean)
      .join(' '),
    PGPASSWORD: client.password,
  }
  return {
    ...toolEnvironment(),
    PGHOST: client.host,
    PGPORT: String(client.port),
    PGUSER: client.user,
    PGDATABASE: client.database,
    PGAPPNAME: 'migrate-backup',
    PGCONNECT_TIMEOUT: '10',
    ...Object.fromEntries(Object.entries(fromUrl).filter(([, value]) => value)),
  }
}

/** libpq would follow these to another server than the driver, or write in another encoding. */
const NOT_INHERITED = new Set([
  ...['PGSERVICE', 'PGHOSTADDR', 'PGTARGETSESSIONATTRS', 'PGLOADBALANCEHOSTS'],
  'PGCLIENTENCODING',
])

/** Variables that hold or name secrets, which no program of PostgreSQL needs. */
const SECRET_NAME = /^DATABASE_URL$|MASTER_KEY(?:_FILE)?$/
/** A master key, by whatever name the project has it, and a URL with a password. */
const SECRET_VALUE = /migrate-key-1|^\w+:\/\/[^/@]*:[^/@]+@/i

/** What any client program is started with: what this process has, without what is secret or would mislead it. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name, value = '']) =>
      !NOT_INHERITED.has(name) && !SECRET_NAME.test(name) && !SECRET_VALUE.test(value),
  )
  // messages are read
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' }
}
