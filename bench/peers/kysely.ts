import fs from 'node:fs/promises'
import path from 'node:path'
import type { Dialect } from 'kysely'
import { type Database, type Peer, sqliteFile } from './peer.ts'

/** Its default: one transaction for all on PostgreSQL, none at all on SQLite. */
export const peer: Peer = {
  name: 'kysely',
  databases: ['sqlite', 'postgres'],
  format: 'kysely',
  async load(database) {
    const { Kysely } = await import('kysely')
    const { FileMigrationProvider, Migrator } = await import('kysely/migration')
    const dialectOf = await loadDialect(database)
    return async (migrationFolder, url) => {
      const db = new Kysely<unknown>({ dialect: dialectOf(url) })
      const provider = new FileMigrationProvider({ fs, path, migrationFolder })
      const { error } = await new Migrator({ db, provider }).migrateToLatest()
      await db.destroy()
      if (error) throw error
    }
  },
}

async function loadDialect(database: Database): Promise<(url: string) => Dialect> {
  const { PostgresDialect, SqliteDialect } = await import('kysely')
  if (database === 'sqlite') {
    const { default: SQLite } = await import('better-sqlite3')
    return (url) => new SqliteDialect({ database: new SQLite(sqliteFile(url)) })
  }
  const { default: pg } = await import('pg')
  return (url) => new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) })
}
