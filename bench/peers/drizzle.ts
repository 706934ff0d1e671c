import { type Migrate, type Peer, sqliteFile } from './peer.ts'

/** Its default: every pending migration in one transaction; checksums are recorded and never compared. */
export const peer: Peer = {
  name: 'drizzle',
  databases: ['sqlite', 'postgres'],
  format: 'drizzle',
  load: (database) => (database === 'sqlite' ? loadSqlite() : loadPostgres()),
}

async function loadSqlite(): Promise<Migrate> {
  const { default: SQLite } = await import('better-sqlite3')
  const { drizzle } = await import('drizzle-orm/better-sqlite3')
  const { migrate } = await import('drizzle-orm/better-sqlite3/migrator')
  return async (migrationsFolder, url) => {
    const client = new SQLite(sqliteFile(url))
    migrate(drizzle(client), { migrationsFolder })
    client.close()
  }
}

async function loadPostgres(): Promise<Migrate> {
  const { default: pg } = await import('pg')
  const { drizzle } = await import('drizzle-orm/node-postgres')
  const { migrate } = await import('drizzle-orm/node-postgres/migrator')
  return async (migrationsFolder, url) => {
    const pool = new pg.Pool({ connectionString: url })
    await migrate(drizzle(pool), { migrationsFolder })
    await pool.end()
  }
}
