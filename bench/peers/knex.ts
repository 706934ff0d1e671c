import { type Peer, sqliteFile } from './peer.ts'

/** Its default: every pending migration in one transaction. */
export const peer: Peer = {
  name: 'knex',
  databases: ['sqlite', 'postgres'],
  format: 'knex',
  async load(database) {
    const { default: knex } = await import('knex')
    await import(database === 'sqlite' ? 'better-sqlite3' : 'pg')
    return async (directory, url) => {
      const db = knex({
        ...(database === 'sqlite'
          ? {
              client: 'better-sqlite3',
              connection: { filename: sqliteFile(url) },
              useNullAsDefault: true,
            }
          : { client: 'pg', connection: url }),
        migrations: { directory },
      })
      await db.migrate.latest()
      await db.destroy()
    }
  },
}
