import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { type InstallationSource, SOURCES, wants } from './installations.ts'
import { versionsFor } from './versions.ts'

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** A kind of database that a contract test runs on. */
export interface DatabaseKind {
  readonly name: string
  readonly dialect: 'sqlite' | 'postgres'
  /** Whether backups can be made: SQLite always, PostgreSQL where pg_dump of its version is installed. */
  readonly hasBackupTools: boolean
  /** Why it cannot be tested here, for node:test's `skip`; false when it can. */
  readonly skip: string | false
  /** A new empty database with a name of its own. */
  create(): Promise<TestDatabase>
}

/** A temporary folder that goes when the test ends. */
export async function tempFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fossawork-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A new database of the kind that goes when the test ends; its URL. */
export async function testDatabase(
  t: Pick<TestContext, 'after'>,
  kind: DatabaseKind,
): Promise<string> {
  const database = await kind.create()
  t.after(() => database.drop())
  return database.url
}

const sqlite: DatabaseKind = {
  name: 'sqlite',
  dialect: 'sqlite',
  hasBackupTools: true,
  skip: wants('sqlite') ? false : 'left out by DIALECTS',
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'fossawork-test-'))
    return {
      url: `sqlite:///${join(folder, 'test.db')}`,
      drop: () => rm(folder, { recursive: true, force: true }),
    }
  },
}

function postgres(source: InstallationSource): DatabaseKind {
  const admin = process.env[source.variable]
  const missing = whyMissing(source)
  return {
    name: source.name,
    dialect: 'postgres',
    hasBackupTools: source.hasBackupTools,
    // in CI what is missing is a failure, not a skip
    skip: process.env.CI === 'true' && wants('postgres') ? false : missing,
    async create() {
      if (!admin) throw new Error(`${source.name}: ${missing}`)
      const name = `test_${randomBytes(8).toString('hex')}`
      await execute(admin, `CREATE DATABASE ${name}`)
      const url = new URL(admin)
      url.pathname = `/${name}`
      return {
        url: url.href,
        drop: () => execute(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      }
    },
  }
}

function whyMissing(source: InstallationSource): string | false {
  if (!wants('postgres')) return 'left out by DIALECTS'
  if (!source.installation) return `not installed: ${source.install}`
  if (process.env[source.variable]) return false
  return 'no server was started: run the file with `npm run test:only -- FILE`'
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const servers = SOURCES.map(postgres)

/** SQLite and every PostgreSQL, for what compares them. */
export const allDatabases: readonly DatabaseKind[] = [sqlite, ...servers]

/** What contract tests loop over: SQLite and the PostgreSQL that the test file runs on, or both. */
export const databases: readonly DatabaseKind[] = [sqlite, ...serversFor(process.argv[1] ?? '')]

/** One that is not there gives way to the other. */
function serversFor(file: string): readonly DatabaseKind[] {
  const versions = versionsFor(file)
  if (versions === 'both') return servers
  const [newest, system] = servers
  const [first, second] = versions === 'newest' ? [newest, system] : [system, newest]
  const found = first?.skip && second && !second.skip ? second : first
  return found ? [found] : []
}
