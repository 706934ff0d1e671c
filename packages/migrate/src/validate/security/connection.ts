import { type Check, skipped } from '../check.ts'

/** Nobody between here and the server can read what is sent. */
export const connection: Check = {
  category: 'security',
  name: 'connection',
  async run({ dialect, session }) {
    const roles = await dialect.roles()
    if (!roles) return skipped('A file is opened, not connected to.')
    const { isLocal, isEncrypted } = await roles.connection(session)
    if (isLocal || isEncrypted) return { checked: 1, findings: [] }
    return {
      checked: 1,
      findings: [
        {
          code: 'CONNECTION_IN_CLEAR',
          severity: 'warning',
          message: `The connection to ${dialect.location} goes over a network and is not encrypted.`,
          at: { object: 'connection' },
          fix: 'Add sslmode=verify-full to DATABASE_URL; the server needs ssl = on.',
        },
      ],
    }
  },
}

/** The role that this very connection has: a note, since a migration by a superuser is no fault of the database. */
export const connectionRole: Check = {
  category: 'security',
  name: 'role',
  async run({ dialect, session }) {
    const roles = await dialect.roles()
    if (!roles) return skipped('SQLite has no roles.')
    const { user, powers } = await roles.connection(session)
    if (powers.length === 0) return { checked: 1, findings: [] }
    return {
      checked: 1,
      findings: [
        {
          code: 'ROLE_TOO_STRONG',
          severity: 'info',
          message: `${user}, which this connection belongs to, has ${powers.join(', ')}: more than a migration needs.`,
          at: { object: `role ${user}` },
          fix: 'Give the role that migrates what it needs with `grants --apply`, and connect as it.',
        },
      ],
    }
  },
}
