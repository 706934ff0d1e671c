import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type DatabaseKind, databases, testDatabase } from '../../../../test/support/databases.ts'
import { parseDatabaseUrl } from '../../src/config/database-url.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import type { PostgresTarget } from '../../src/dialect/postgres/connection.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { Session, Writer } from '../../src/dialect/session.ts'

export const postgresKinds = databases.filter((kind) => kind.dialect === 'postgres')

export function targetOf(url: string): PostgresTarget {
  const target = parseDatabaseUrl(url, '/')
  if (target.dialect !== 'postgres') throw new Error('Not a PostgreSQL URL.')
  return target
}

/** The target of a new database that goes when the test ends. */
export const newTarget = async (t: TestContext, kind: DatabaseKind): Promise<PostgresTarget> =>
  targetOf(await testDatabase(t, kind))

export const newDialect = async (t: TestContext, kind: DatabaseKind): Promise<Dialect> =>
  createPostgresDialect(await newTarget(t, kind))

export interface Notice {
  readonly severity: string
  readonly message: string
}

/** A writer that closes when the test ends. */
export async function newWriter(
  t: TestContext,
  dialect: Dialect,
  notices: Notice[] = [],
): Promise<Writer> {
  const writer = await dialect.openWriter({
    runId: 'test-run',
    onNotice: (severity, message) => notices.push({ severity, message }),
  })
  t.after(() => writer.close())
  return writer
}

/** A reader that closes when the test ends. */
export async function newReader(t: TestContext, dialect: Dialect): Promise<Session> {
  const reader = await dialect.openReader()
  t.after(() => reader.close())
  return reader
}

export const IN_TRANSACTION = { foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 0 } as const

/** A URL for a new role without any right; the role goes with the server. */
export async function urlOfNewRole(database: string, writer: Writer): Promise<string> {
  const url = new URL(database)
  url.username = `role_${randomBytes(8).toString('hex')}`
  url.password = randomBytes(8).toString('hex')
  await writer.query(`CREATE ROLE ${url.username} LOGIN PASSWORD '${url.password}'`)
  return url.href
}

/** Calls `look` until it says yes. */
export async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20))
}
