import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type DatabaseTarget, parseDatabaseUrl } from '@fossawork/migrate'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import pg from 'pg'

/** The application's own connection to the database that was migrated. */
export function connect(url: string): { db: Kysely<any>; dialect: DatabaseTarget['dialect'] } {
  const target = parseDatabaseUrl(url, process.cwd())
  if (target.dialect === 'postgres') {
    const pool = new pg.Pool({ connectionString: target.url.reveal() })
    return { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), dialect: 'postgres' }
  }
  return {
    db: new Kysely({ dialect: new SqliteDialect({ database: openSqlite(target.file) }) }),
    dialect: 'sqlite',
  }
}

/** node:sqlite as Kysely's SQLite dialect expects a driver. */
function openSqlite(file: string) {
  const database = new DatabaseSync(file, { timeout: 5000 })
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = database.prepare(sql)
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
  }
}
