import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { Victim } from './fault.ts'

/** SQLite that does what it is told: no foreign keys, and its own catalogue may be written. */
export function within<T>({ url }: Pick<Victim, 'url'>, body: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(url.replace('sqlite:///', ''), {
    defensive: false,
    enableForeignKeyConstraints: false,
  })
  try {
    return body(database)
  } finally {
    database.close()
  }
}

/** Makes a table anew as another hand would have made it, its rows, indexes and triggers as they were. */
export const remake =
  (table: string, from: string, to: string) =>
  async (victim: Victim): Promise<void> =>
    within(victim, (database) => {
      const [made = '', ...others] = database
        .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = ? ORDER BY type <> 'table'")
        .all(table)
        .flatMap(({ sql }) => (typeof sql === 'string' ? [sql] : []))
      database.exec(`CREATE TEMP TABLE kept AS SELECT * FROM ${table}; DROP TABLE ${table}`)
      database.exec(replaced(made, from, to))
      database.exec(`INSERT INTO ${table} SELECT * FROM kept`)
      for (const statement of others) database.exec(statement)
    })

/** Changes what the catalogue says of a table or an index, and nothing of the thing itself. */
export const relabel =
  (name: string, from: string, to: string) =>
  async (victim: Victim): Promise<void> =>
    within(victim, (database) => {
      const found = database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(name)
      database.exec('PRAGMA writable_schema = ON')
      database
        .prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?')
        .run(replaced(String(found?.sql), from, to), name)
    })

/** Runs a statement that an index does not hear of. */
export const pastIndex =
  (index: string, statement: string) =>
  async (victim: Victim): Promise<void> => {
    const hidden = within(victim, (database) => {
      const [row] = database
        .prepare('SELECT tbl_name, rootpage, sql FROM sqlite_schema WHERE name = ?')
        .all(index)
      database.exec(
        `PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = '${index}'`,
      )
      return row
    })
    assert.ok(hidden, index)
    await victim.run(statement)
    within(victim, (database) => {
      database.exec('PRAGMA writable_schema = ON')
      database
        .prepare("INSERT INTO sqlite_schema VALUES ('index', ?, ?, ?, ?)")
        .run(index, ...([hidden.tbl_name, hidden.rootpage, hidden.sql] as string[]))
    })
  }

/** Changes the log without its guards noticing, and puts them back. */
export async function pastGuards(victim: Victim, ...statements: readonly string[]): Promise<void> {
  // on PostgreSQL this hand runs no triggers
  if (victim.dialect === 'postgres') return victim.run(...statements)
  const [guards = []] = await victim.read(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'schema_migration_log'",
  )
  await victim.run(
    ...guards.map(({ name }) => `DROP TRIGGER ${name}`),
    ...statements,
    ...guards.map(({ sql }) => String(sql)),
  )
}

function replaced(sql: string, from: string, to: string): string {
  const changed = sql.replace(from, to)
  assert.notEqual(changed, sql, `${from} does not stand in ${sql}`)
  return changed
}
