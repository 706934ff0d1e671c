import { type Peer, sqliteFile } from './peer.ts'

/** umzug brings no SQL storage but Sequelize's: this one follows the example of its manual. */
export const peer: Peer = {
  name: 'umzug',
  databases: ['sqlite'],
  format: 'umzug',
  async load() {
    const { default: SQLite } = await import('better-sqlite3')
    const { Umzug } = await import('umzug')
    return async (folder, url) => {
      const db = new SQLite(sqliteFile(url))
      db.exec('create table if not exists migrations (name text primary key)')
      const executed = db.prepare<[], string>('select name from migrations order by name').pluck()
      const insert = db.prepare<[string]>('insert into migrations (name) values (?)')
      const remove = db.prepare<[string]>('delete from migrations where name = ?')
      const umzug = new Umzug({
        migrations: { glob: ['*.js', { cwd: folder }] },
        context: db,
        storage: {
          executed: async () => executed.all(),
          logMigration: async ({ name }) => void insert.run(name),
          unlogMigration: async ({ name }) => void remove.run(name),
        },
        logger: undefined,
      })
      await umzug.up()
      db.close()
    }
  },
}
