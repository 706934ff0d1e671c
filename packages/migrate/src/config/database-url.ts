import { resolve } from 'node:path'
import { MigrateError } from '../errors.ts'

/** Where a database is, parsed from a URL. A password lives in `url` only and never in `location`. */
export type DatabaseTarget =
  | { readonly dialect: 'sqlite'; readonly file: string; readonly location: string }
  | { readonly dialect: 'postgres'; readonly url: Secret; readonly location: string }

/** A string that does not show itself in logs, JSON or inspection. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself. Call where it is used, keep it nowhere. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]'
  }
}

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

function parsePostgres(url: string): DatabaseTarget {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    // the cause would carry the URL, and with it the password
    throw new MigrateError('URL_INVALID', {
      message: 'The PostgreSQL URL cannot be parsed.',
      hint: 'Write postgresql://user:password@host:5432/name; escape @ / : ? # % in the password as %40 %2F %3A %3F %23 %25.',
    })
  }
  const name = parsed.pathname.slice(1)
  if (!name) {
    throw new MigrateError('URL_INVALID', { message: 'The PostgreSQL URL names no database.' })
  }
  const user = parsed.username ? `${parsed.username}@` : ''
  return {
    dialect: 'postgres',
    url: new Secret(url),
    location: `postgresql://${user}${parsed.host || 'localhost'}/${name}`,
  }
}
