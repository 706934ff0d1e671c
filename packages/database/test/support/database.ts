import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { TestContext } from 'node:test'
import type { MigrationContext, MigrationDefinition } from '@fossawork/migrate'
import { type CompiledQuery, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely'
import pg from 'pg'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import v001 from '../../migrations/v001_initial_schema.ts'
import v002 from '../../migrations/v002_add_security_tables.ts'
import v003 from '../../migrations/v003_add_indexes.ts'
import v004 from '../../migrations/v004_add_rate_limiting.ts'
import v005 from '../../migrations/v005_add_audit_tables.ts'
import v006 from '../../migrations/v006_add_monitoring_tables.ts'

export const migrations: readonly MigrationDefinition[] = [v001, v002, v003, v004, v005, v006]

/** A database as an application opens it: a Kysely of its own, without the engine. */
export interface Opened {
  readonly db: Kysely<any>
  readonly dialect: MigrationContext['dialect']
}

/** A new, empty database that goes when the test ends. */
export async function open(
  t: TestContext,
  kind: DatabaseKind,
  onQuery: (query: CompiledQuery) => void = () => {},
): Promise<Opened> {
  const database = await kind.create()
  const opened = connect(kind.dialect, database.url, onQuery)
  t.after(async () => {
    await opened.db.destroy()
    await database.drop()
  })
  return opened
}

export function connect(
  dialect: Opened['dialect'],
  url: string,
  onQuery: (query: CompiledQuery) => void = () => {},
): Opened {
  const driver = dialect === 'sqlite' ? overSqlite(url) : overPostgres(url)
  return { dialect, db: new Kysely<any>({ dialect: driver, log: ({ query }) => onQuery(query) }) }
}

/** One connection: the end of a pool does not wait for the server to see it. */
function overPostgres(url: string): PostgresDialect {
  const client = Object.assign(new pg.Client({ connectionString: url }), { release() {} })
  const connect = async () => {
    await client.connect()
    return client
  }
  let connected: ReturnType<typeof connect> | undefined
  return new PostgresDialect({
    pool: {
      options: {},
      connect() {
        connected ??= connect()
        return connected
      },
      end: () => client.end(),
    },
  })
}

function overSqlite(url: string): SqliteDialect {
  const database = new DatabaseSync(url.replace('sqlite:///', ''))
  database.exec('PRAGMA foreign_keys = ON')
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare(text) {
        const statement = database.prepare(text)
        return {
          reader: statement.columns().length > 0,
          // plain objects, as PostgreSQL's driver gives
          all: (values) => statement.all(...(values as SQLInputValue[])).map((row) => ({ ...row })),
          run: (values) => statement.run(...(values as SQLInputValue[])),
          iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
        }
      },
    },
  })
}

/** Runs one direction of the migrations, each in a transaction. */
export async function run(
  { db, dialect }: Opened,
  direction: 'up' | 'down',
  some: readonly MigrationDefinition[] = migrations,
): Promise<void> {
  for (const migration of direction === 'up' ? some : some.toReversed()) {
    const body = migration[direction]
    if (body === 'irreversible') throw new Error(`${migration.description} has no way back`)
    await db.transaction().execute((transaction) =>
      body({
        db: transaction,
        dialect,
        signal: new AbortController().signal,
        progress: () => {},
        present: (_kind, name) => indexExists({ db: transaction, dialect }, name),
      }),
    )
  }
}

async function indexExists({ db, dialect }: Opened, name: string): Promise<boolean> {
  const { rows } =
    dialect === 'sqlite'
      ? await sql`SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ${name}`.execute(db)
      : await sql`SELECT 1 FROM pg_indexes WHERE indexname = ${name}`.execute(db)
  return rows.length > 0
}
