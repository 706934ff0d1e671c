import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { type DatabaseKind, tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import type {
  Content,
  CopyOptions,
  Dialect,
  Prepared,
  PrepareOptions,
  SwapOptions,
} from '../../src/dialect/port.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { postgresKinds, targetOf } from './setup.ts'

/** Servers that backups can be made of here. */
export const backupKinds = postgresKinds.map((kind) => ({
  kind,
  skip: kind.skip || (kind.hasBackupTools ? false : 'pg_dump of that version is not installed'),
}))

export const NEVER = new AbortController().signal

export const COPY: CopyOptions = {
  onProgress: () => {},
  signal: NEVER,
  look: async () => {},
  pack: null,
  packCompresses: false,
}

export const PREPARE: PrepareOptions = {
  swappable: true,
  onProgress: () => {},
  signal: NEVER,
}

export const SWAP: SwapOptions = {
  save: async () => {},
  waitMs: 20_000,
  force: false,
  releaseLock: async () => {},
  onWaiting: () => {},
  signal: NEVER,
}

/** A database that tests may rename: what restores made of it goes with it. */
export async function restorable(t: TestContext, kind: DatabaseKind): Promise<string> {
  const url = await testDatabase(t, kind)
  t.after(async () => {
    const { backup } = createPostgresDialect(targetOf(url))
    for (const name of await backup.previous()) await backup.discardPrevious(name)
  })
  return url
}

/** A new dump of the database. */
export async function dumpOf(
  t: Pick<TestContext, 'after'>,
  dialect: Dialect,
): Promise<{ file: string; content: Content }> {
  const file = join(await tempFolder(t), `${randomBytes(4).toString('hex')}.dump`)
  return { file, content: (await dialect.backup.copy(file, COPY)).content }
}

/** What is restored there goes when the test ends, unless it took the live one's place. */
export async function prepared(
  t: TestContext,
  dialect: Dialect,
  file: string,
  options: Partial<PrepareOptions> = {},
): Promise<Prepared> {
  const made = await dialect.backup.prepare(file, { ...PREPARE, ...options })
  t.after(() => made.discard())
  return made
}

/** Runs statements in a session that does not stay. */
export async function run<R = Record<string, unknown>>(
  dialect: Dialect,
  sql: string,
  params: readonly unknown[] = [],
): Promise<R[]> {
  const writer = await dialect.openWriter({ runId: 'test-run', onNotice: () => {} })
  try {
    return (await writer.query<R>(sql, params)).rows
  } finally {
    await writer.close()
  }
}

/** Names of the server's databases that begin with this one's name. */
export async function databasesLike(dialect: Dialect): Promise<string[]> {
  const name = dialect.location.split('/').at(-1) as string
  const rows = await run<{ datname: string }>(
    dialect,
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname',
    [name],
  )
  return rows.map(({ datname }) => datname.slice(name.length))
}

/** Through pack: what would be stored. */
export async function packedCopy(
  dialect: Dialect,
  packCompresses: boolean,
): Promise<{ bytes: Buffer; content: Content }> {
  let bytes = Buffer.alloc(0)
  const { content } = await dialect.backup.copy('/not/written', {
    ...COPY,
    packCompresses,
    async pack(raw) {
      bytes = Buffer.from(await buffer(raw))
    },
  })
  assert.ok(bytes.length > 0)
  return { bytes, content }
}

/** A dump in SQL, as people make it. */
export async function sqlDumpOf(
  t: Pick<TestContext, 'after'>,
  url: string,
  args: readonly string[] = [],
): Promise<string> {
  const file = join(await tempFolder(t), 'dump.sql')
  const { username, password, hostname, port, pathname } = new URL(url)
  await promisify(execFile)('pg_dump', [...args, '--file', file, pathname.slice(1)], {
    env: {
      ...process.env,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
    },
  })
  return file
}
