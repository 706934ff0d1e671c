import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Migrate, type Peer, sqliteFile } from './peer.ts'

const JOURNAL = 'create table if not exists journal (version varchar(100) primary key)'

/**
 * No tool: each migration with a journal row as one bare transaction, nothing planned, checked or locked. What the
 * database itself takes, below which no tool that commits each migration can come.
 */
export const peer: Peer = {
  name: 'floor',
  databases: ['sqlite', 'postgres'],
  format: 'dbmate',
  load: (database) => (database === 'sqlite' ? loadSqlite() : loadPostgres()),
}

async function loadSqlite(): Promise<Migrate> {
  const { DatabaseSync } = await import('node:sqlite')
  return async (folder, url) => {
    using db = new DatabaseSync(sqliteFile(url))
    db.exec(`pragma journal_mode = wal; pragma synchronous = full; ${JOURNAL}`)
    const done = db.prepare('select version from journal').all()
    for (const script of scripts(folder, done)) db.exec(script)
  }
}

async function loadPostgres(): Promise<Migrate> {
  const { default: pg } = await import('pg')
  return async (folder, url) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(JOURNAL)
    const { rows } = await client.query('select version from journal')
    for (const script of scripts(folder, rows)) await client.query(script)
    await client.end()
  }
}

function scripts(folder: string, done: readonly Record<string, unknown>[]): string[] {
  const applied = new Set(done.map(({ version }) => version))
  return readdirSync(folder)
    .sort()
    .filter((file) => !applied.has(file))
    .map((file) => {
      const [up = ''] = readFileSync(join(folder, file), 'utf8').split('-- migrate:down')
      return `begin; ${up}; insert into journal values ('${file}'); commit`
    })
}
