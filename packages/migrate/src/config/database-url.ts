import { resolve } from 'node:path'
import { MigrateError } from '../errors.ts'
import { Secret } from '../secret.ts'

/** Where a database is, parsed from a URL. A password lives in `url` only and never in `location`. */
export type DatabaseTarget =
  | { readonly dialect: 'sqlite'; readonly file: string; readonly location: string }
  | { readonly dialect: 'postgres'; readonly url: Secret; readonly location: string }

export const DEFAULT_DATABASE_URL = 'sqlite:///./fossawork_v2.db'

/**
 * Parses `sqlite:///relative.db`, `sqlite:////absolute.db` (as in SQLAlchemy), `postgres://` and
 * `postgresql://`. A relative file is resolved against `folder`. Throws URL_INVALID; the message never
 * repeats the URL, since it may hold a password.
 */
export function parseDatabaseUrl(url: string, folder: string): DatabaseTarget {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === 'sqlite') return parseSqlite(url, folder)
  if (scheme === 'postgres' || scheme === 'postgresql') return parsePostgres(url)
  throw new MigrateError('URL_INVALID', {
    message: scheme
      ? `The database URL starts with "${scheme}:", which is neither sqlite: nor postgresql:.`
      : 'The database URL has no scheme such as sqlite: or postgresql:.',
  })
}

function parseSqlite(url: string, folder: string): DatabaseTarget {
  const path = /^sqlite:\/\/\/(.+)$/i.exec(url)?.[1]
  if (!path || path.includes('?') || path === ':memory:') {
    throw new MigrateError('URL_INVALID', {
      message:
        path === ':memory:'
          ? 'A database in memory cannot be migrated: it ends with the process.'
          : 'The SQLite URL needs three slashes and a file name, and takes no parameters.',
    })
  }
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch (cause) {
    throw new MigrateError('URL_INVALID', {
      message: 'The SQLite URL has a % that does not begin an escape.',
      cause,
    })
  }
  const file = resolve(folder, decoded)
  return { dialect: 'sqlite', file, location: file }
}

const ESCAPE_HINT =
  'Write postgresql://user:password@host:5432/name; escape @ / : ? # % in the password as %40 %2F %3A %3F %23 %25.'

/** What libpq and the driver understand behind the `?`; https://www.postgresql.org/docs/current/libpq-connect.html */
const PARAMETERS = new Set([
  ...['host', 'port', 'user', 'password', 'application_name', 'fallback_application_name'],
  ...['options', 'client_encoding', 'connect_timeout', 'passfile', 'target_session_attrs'],
  ...['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat'],
  ...['keepalives', 'keepalives_idle', 'channel_binding', 'gssencmode'],
])
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

function parsePostgres(url: string): DatabaseTarget {
  // libpq takes an empty host, with a socket's folder behind the `?`; URLs do not
  const whole = url.replace(/^([^/]*:\/\/[^/?#]*@)\//, '$1localhost/')
  let parsed: URL
  try {
    parsed = new URL(whole)
  } catch {
    // the cause would carry the URL, and with it the password
    throw new MigrateError('URL_INVALID', {
      message: 'The PostgreSQL URL cannot be parsed.',
      hint: ESCAPE_HINT,
    })
  }
  // what looks like a host would be a piece of a password, and end in a message
  if (parsed.hash || parsed.pathname.includes('@') || parsed.search.includes('@')) {
    throw new MigrateError('URL_INVALID', {
      message: 'The PostgreSQL URL has an @ or a # where none can stand: perhaps in the password.',
      hint: ESCAPE_HINT,
    })
  }
  assertParameters(parsed.searchParams)
  const name = parsed.pathname.slice(1)
  if (!name) {
    throw new MigrateError('URL_INVALID', { message: 'The PostgreSQL URL names no database.' })
  }
  const user = parsed.username ? `${parsed.username}@` : ''
  return {
    dialect: 'postgres',
    url: new Secret(whole),
    location: `postgresql://${user}${parsed.host || 'localhost'}/${name}`,
  }
}

function assertParameters(parameters: URLSearchParams): void {
  for (const [name, value] of parameters) {
    if (!PARAMETERS.has(name)) {
      throw new MigrateError('URL_INVALID', {
        message: `The PostgreSQL URL has a parameter that nobody knows: ${name}.`,
        hint: 'Leave it out, or correct its name.',
      })
    }
    if (name === 'sslmode' && !SSL_MODES.includes(value)) {
      throw new MigrateError('URL_INVALID', {
        message: `The PostgreSQL URL has an sslmode that nobody knows.`,
        hint: `Use one of ${SSL_MODES.join(', ')}.`,
      })
    }
  }
}
