import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import pg from 'pg'

export interface Connection {
  query(sql: string): Promise<Record<string, unknown>[]>
  tables(): Promise<string[]>
}

/** A plain connection that knows nothing of the engine; closed when the test ends. */
export async function connect(t: TestContext, url: string): Promise<Connection> {
  if (url.startsWith('sqlite:')) return connectSqlite(t, url.replace('sqlite:///', ''))
  const client = new pg.Client({ connectionString: url })
  // the database is dropped under it when the test ends
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  const query = async (sql: string) => (await client.query(sql)).rows
  return {
    query,
    tables: async () =>
      (await query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).map((row) =>
        String(row.tablename),
      ),
  }
}

function connectSqlite(t: TestContext, file: string): Connection {
  const open = () => new DatabaseSync(file)
  let database: DatabaseSync | undefined
  t.after(() => database?.close())
  const query = async (sql: string) => {
    database ??= open()
    return database.prepare(sql).all()
  }
  return {
    query,
    tables: async () =>
      (
        await query(
          "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        )
      ).map((row) => String(row.name)),
  }
}
