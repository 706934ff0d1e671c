import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type Cluster, startCluster } from '../test/support/clusters.ts'
import { type Installation, SOURCES } from '../test/support/installations.ts'
import { type Database, sqliteFile } from './peers/peer.ts'

export interface Databases {
  /** The URL of a new empty database. It stays until the end: see workspace.ts. */
  fresh(database: Database): Promise<string>
  /** Removes one before the end: for those that are large. */
  remove(url: string): Promise<void>
  stop(): Promise<void>
}

/** SQLite files below `root`, and databases of a PostgreSQL server that is started when first asked for. */
export function openDatabases(root: string): Databases {
  let cluster: Promise<Cluster> | undefined
  let made = 0
  return {
    async fresh(database) {
      if (database === 'sqlite')
        return `sqlite:///${join(mkdtempSync(join(root, 'sqlite-')), 'bench.db')}`
      cluster ??= startServer()
      made += 1
      return createDatabase((await cluster).url, `bench_${made}`)
    },
    async remove(url) {
      if (url.startsWith('sqlite:')) rmSync(dirname(sqliteFile(url)), { recursive: true })
      else
        await query(withDatabase(url, 'postgres'), `drop database ${databaseOf(url)} with (force)`)
    },
    stop: async () => (await cluster)?.stop(),
  }
}

/** As a server runs in production: what is committed is on the disk. */
async function startServer(): Promise<Cluster> {
  return startCluster(serverInstallation(), ['fsync=on', 'wal_level=replica'])
}

/** The server's programs: Debian's, which come with the clients' where they are installed. */
export function serverInstallation(): Installation {
  const installation = SOURCES.findLast((source) => source.installation)?.installation
  if (!installation) throw new Error(`PostgreSQL is not installed: ${SOURCES.at(-1)?.install}`)
  return installation
}

async function createDatabase(admin: string, name: string): Promise<string> {
  await query(admin, `create database ${name}`)
  // so that no tool pays for what the one before it left to be written
  await query(admin, 'checkpoint')
  return withDatabase(admin, name)
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

/** The URL of another database of the same server. */
export function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** How many of the generated tables have their index: what a run really did. */
export async function countApplied(database: Database, url: string): Promise<number> {
  if (database === 'postgres') {
    const sql = `select count(*)::int as n from pg_indexes where tablename ~ '^t_\\d+$' and indexname = tablename || '_name'`
    return Number((await query(url, sql))[0]?.n)
  }
  using db = new DatabaseSync(sqliteFile(url), { readOnly: true })
  const sql = `select count(*) as n from sqlite_schema where type = 'index' and name glob 't_[0-9]*_name'`
  return Number(db.prepare(sql).get()?.n)
}

/** Runs one statement on a connection of its own. */
async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
