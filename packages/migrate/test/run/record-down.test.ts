import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { createMigrator } from '../../src/migrator.ts'

const URLS = { sqlite: 'sqlite:///./unused.db', postgres: 'postgresql://unused/unused' } as const

/** What comes of one migration with this `down`; nothing of it needs a database. */
async function scriptOf(t: TestContext, dialect: keyof typeof URLS, file: string, source: string) {
  const migrations = join(await tempFolder(t), 'migrations')
  await mkdir(migrations)
  await writeFile(join(migrations, file), source)
  const migrator = await createMigrator({ config: { migrations, databaseUrl: URLS[dialect] } })
  const { folder, scripts, without } = await migrator.emergency()
  return {
    text: scripts[0] === undefined ? null : await readFile(join(folder, scripts[0]), 'utf8'),
    reason: without[0]?.reason,
  }
}

const migration = (
  down: string,
  more = '',
): string => `import { sql } from '${import.meta.resolve('kysely')}'
  export default { description: 'one', dependsOn: [], ${more}
    up: async () => {}, down: async ({ db, dialect, present, progress }) => { ${down} } }`

const WITHOUT: Record<string, readonly [down: string, reason: RegExp, more?: string]> = {
  'rows that are read': [
    "const [row] = await db.selectFrom('a').selectAll().execute(); if (row) await db.schema.dropTable('a').execute()",
    /reads the database/,
  ],
  'a reading whose failure is caught': [
    "try { await db.selectFrom('a').selectAll().executeTakeFirst() } catch {} await db.schema.dropTable('a').execute()",
    /reads the database/,
  ],
  'the schema, asked by Kysely': ['await db.introspection.getTables()', /reads the database/],
  'the schema, asked by present': [
    "if (await present('table', 'a')) await db.schema.dropTable('a').execute()",
    /reads the database/,
  ],
  'the number of rows': [
    "const { numDeletedRows: n } = await db.deleteFrom('a').executeTakeFirst(); if (n > 0n) await db.schema.dropTable('a').execute()",
    /not the same each time/,
  ],
  'a loop until rows are gone': [
    "let n = 1n; while (n > 0n) n = (await db.deleteFrom('a').executeTakeFirst()).numDeletedRows",
    /has no end/,
  ],
  'something new each time': [
    "await db.insertInto('a').values({ id: crypto.randomUUID() }).execute()",
    /not the same each time/,
  ],
  'a fraction': ["await db.updateTable('a').set({ n: 0.1 }).execute()", /parameter \$1/],
  'an object': ["await db.updateTable('a').set({ n: new Date(0) }).execute()", /parameter \$1/],
  'the end of the transaction': ["await sql.raw('DROP TABLE a; COMMIT').execute(db)", /COMMIT/],
  'no transaction': [
    "await db.schema.dropTable('a').execute()",
    /without a transaction/,
    'transaction: false,',
  ],
  'queries that nobody awaits': [
    "for (const name of ['a', 'b']) setImmediate(() => db.schema.dropTable(name).execute().catch(() => {})); db.schema.dropTable('c').execute()",
    /await|returned before/i,
  ],
  'an error of its own': ["throw new Error('not yet written')", /not yet written/],
}

for (const dialect of ['sqlite', 'postgres'] as const) {
  describe(`the statements of a down for ${dialect}`, () => {
    for (const [what, [down, reason, more]] of Object.entries(WITHOUT)) {
      test(`there is no script for ${what}, and the reason is told`, async (t) => {
        const found = await scriptOf(t, dialect, 'v1_a.mjs', migration(down, more))
        assert.equal(found.text, null)
        assert.match(found.reason ?? '', reason)
      })
    }

    test('irreversible ones have none', async (t) => {
      const source =
        "export default { description: 'one', up: async () => {}, down: 'irreversible' }"
      const { reason } = await scriptOf(t, dialect, 'v1_a.mjs', source)
      assert.match(reason ?? '', /irreversible/)
      const none = await scriptOf(
        t,
        dialect,
        'v1_a.sql',
        '-- migrate:up\nCREATE TABLE a (id INTEGER);',
      )
      assert.match(none.reason ?? '', /has no down/)
    })

    test('answers that nobody looks at, savepoints and progress do no harm', async (t) => {
      const { text, reason } = await scriptOf(
        t,
        dialect,
        'v1_a.mjs',
        migration(
          `await sql\`SELECT forget(\${'it''s'})\`.execute(db)
          await db.transaction().execute(async (inner) => {
            await inner.deleteFrom('a').where('id', 'in', [1, -2]).execute()
          })
          await db.selectFrom('a').selectAll().execute()
          progress(1, 1)`.replace("it''s", "it\\'s"),
        ),
      )
      assert.equal(reason, undefined)
      assert.match(text ?? '', /\nSELECT forget\('it''s'\);\nsavepoint kysely_1;\ndelete from "a"/)
      const list = dialect === 'sqlite' ? '((1), (-2))' : "('1', '-2')"
      assert.ok(text?.includes(`where "id" in ${list};`), text ?? '')
    })

    test('a statement of SQL stays as it is written, comments and all', async (t) => {
      const { text } = await scriptOf(
        t,
        dialect,
        'v1_a.sql',
        "-- migrate:up\nSELECT 1;\n-- migrate:down\nDELETE FROM a WHERE b = '?; $1' -- all of it\n; DROP TABLE a;",
      )
      assert.match(
        text ?? '',
        /\nDELETE FROM a WHERE b = '\?; \$1' -- all of it\n;\nDROP TABLE a;\n/,
      )
    })
  })
}
