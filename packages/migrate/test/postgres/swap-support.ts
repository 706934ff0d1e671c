import type { TestContext } from 'node:test'
import pg from 'pg'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { startSnippet } from '../../../../test/support/process.ts'
import type { Dialect, Prepared } from '../../src/dialect/port.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { dumpOf, prepared, restorable, run } from './restore-support.ts'
import { targetOf } from './setup.ts'

export interface Scene {
  readonly url: string
  readonly name: string
  readonly dialect: Dialect
  readonly prepared: Prepared
}

/** A database that says "new", and beside it a restored one that says "old": the one of the backup. */
export async function scene(t: TestContext, kind: DatabaseKind): Promise<Scene> {
  const url = await restorable(t, kind)
  const dialect = createPostgresDialect(targetOf(url))
  await run(dialect, "CREATE TABLE word AS SELECT 'old' AS said")
  const { file } = await dumpOf(t, dialect)
  await run(dialect, "UPDATE word SET said = 'new'")
  const name = new URL(url).pathname.slice(1)
  return { url, name, dialect, prepared: await prepared(t, dialect, file) }
}

export const wordOf = async (dialect: Dialect): Promise<unknown> =>
  (await run<{ said: string }>(dialect, 'SELECT said FROM word'))[0]?.said

/** A session of somebody else; what the server does to it is its own affair. */
export async function client(t: TestContext, url: string): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: url, application_name: 'somebody' })
  session.on('error', () => {})
  await session.connect()
  t.after(() => session.end().catch(() => {}))
  return session
}

/** Clients that connect again as soon as they are cut off, and write down what they read. */
export function insistent(t: TestContext, url: string, count: number) {
  const words: string[] = []
  let going = true
  const one = async (): Promise<void> => {
    while (going) {
      const session = new pg.Client({ connectionString: url })
      session.on('error', () => {})
      try {
        await session.connect()
        while (going) {
          const { rows } = await session.query('SELECT said FROM word')
          words.push(rows[0].said)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      } catch {
        // cut off, or the database just has no name
      }
      await session.end().catch(() => {})
    }
  }
  const all = Promise.all(Array.from({ length: count }, one))
  const stop = () => {
    going = false
    return all
  }
  t.after(stop)
  return { words, stop }
}

const IMPORTS = `
import { parseDatabaseUrl } from './packages/migrate/src/config/database-url.ts'
import { createPostgresDialect } from './packages/migrate/src/dialect/postgres/dialect.ts'
const dialect = createPostgresDialect(parseDatabaseUrl(process.env.DATABASE_URL, '/'))
`

/** Another process on the same database. */
export const otherProcess = (url: string, source: string, env: Record<string, string> = {}) =>
  startSnippet(IMPORTS + source, {
    cwd: new URL('../../../..', import.meta.url).pathname,
    env: { DATABASE_URL: url, ...env },
  })
