import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { Migration, MigrationBody } from '../migration/load.ts'
import { inlineValues } from '../sql/inline.ts'
import { splitStatements } from '../sql/split.ts'
import { runBody } from './body.ts'

/**
 * The statements that a migration's `down` runs, values written out, without a database: nothing is run, they are
 * only collected. So they are known only where they depend on nothing that a database answers; STATEMENT_FAILED
 * otherwise, and for what a script in one transaction cannot do.
 */
export async function recordDown(migration: Migration, dialect: Dialect): Promise<string[]> {
  const body = scriptable(migration)
  // one that counts the rows that it touched, or looks at the clock, says something else the second time
  const statements = await record(migration, body, dialect, 0)
  const again = await record(migration, body, dialect, 1)
  if (statements.join('\n') !== again.join('\n')) {
    throw unscriptable(
      'its down is not the same each time: it depends on what the database answers',
    )
  }
  const ends = statements.find((statement) => ENDS_TRANSACTION.test(statement))
  if (ends !== undefined) throw unscriptable(`its down ends the transaction by itself: ${ends}`)
  return statements
}

/** One with more is a loop until rows are gone, which are none here. */
const MOST_STATEMENTS = 10_000

// ROLLBACK TO a savepoint ends nothing
const ENDS_TRANSACTION =
  /^(begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i

function scriptable({ down }: Migration): MigrationBody {
  if (down === 'irreversible') throw unscriptable('it declares itself irreversible')
  if (down === null) throw unscriptable('it has no down')
  if (down.transaction) return down
  throw unscriptable('its down runs without a transaction, and may stop half-way')
}

async function record(
  migration: Migration,
  body: MigrationBody,
  dialect: Dialect,
  affected: 0 | 1,
): Promise<string[]> {
  const statements: string[] = []
  let asked = false
  const ask = (): never => {
    asked = true
    throw unscriptable('its down reads the database, and what it does depends on that')
  }
  const collect = (sql: string, values: readonly unknown[] = []): void => {
    const text = inlineValues(sql, values, dialect.name)
    statements.push(
      ...splitStatements(text, dialect.name).map((statement) => ended(statement.text)),
    )
    if (statements.length > MOST_STATEMENTS) throw unscriptable('its down has no end')
  }
  const session: Session = {
    async query(sql, values) {
      collect(sql, values)
      return { rows: unread(ask), affected }
    },
    async close() {},
  }
  const emergency = await dialect.emergency()
  await runBody(body, migration.path, {
    writer: {
      kysely: () => emergency.kysely(session),
      runScript: async (parts) => {
        for (const { text } of parts) collect(text)
      },
    },
    dialect: dialect.name,
    signal: new AbortController().signal,
    present: async () => ask(),
    onProgress: () => {},
  })
  // the migration may have caught what it was told
  if (asked) ask()
  return statements
}

/** A comment at the end would hide the semicolon. */
const ended = (statement: string): string =>
  statement.includes('--') ? `${statement}\n;` : `${statement};`

/** Rows that nobody may look at. */
const unread = (ask: () => never): never[] =>
  new Proxy<never[]>([], {
    get: (_, key) => (key === 'then' ? undefined : ask()),
    has: ask,
    ownKeys: ask,
  })

const unscriptable = (why: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `There can be no script: ${why}.`,
    hint: 'Write the rollback by hand, or restore a backup.',
  })
