import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { statementShape } from '../../src/dialect/postgres/statement-shape.ts'
import type { MigrateError } from '../../src/errors.ts'
import { createProject, statuses } from '../contract/project.ts'
import { IN_TRANSACTION, newDialect, newWriter, postgresKinds, until } from './setup.ts'

const SCHEMA = `
CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, age int CHECK (age < 150), note text NOT NULL);
CREATE TABLE orders (user_email text REFERENCES users (email));
CREATE TABLE parts (id text) PARTITION BY LIST (id);
CREATE TABLE texts (body text);
INSERT INTO users VALUES (1, 'S3cret', 7, 'S3cret');
INSERT INTO texts VALUES ('S3cret');
CREATE VIEW young AS SELECT * FROM users WHERE age < 20 WITH CHECK OPTION;
`

/** Statements whose errors quote a row, and what the error must name instead. */
const FAILING: Record<string, RegExp> = {
  "INSERT INTO users VALUES (2, 'S3cret', 7, '')": /unique.*users_email_key.*table public\.users/,
  "INSERT INTO users VALUES (3, 'S3cret2', 151, '')": /users_age_check/,
  "INSERT INTO users VALUES (3, 'S3cret2', 7, NULL)": /column "note"/,
  "INSERT INTO orders VALUES ('S3cret3')": /orders_user_email_fkey/,
  "INSERT INTO parts VALUES ('S3cret')": /"parts"/,
  "INSERT INTO young VALUES (4, 'S3cret4', 30, '')": /"young"/,
  'ALTER TABLE texts ALTER body TYPE int USING body::int': /syntax for type integer: "…"/,
  'SELECT body::json FROM texts': /syntax for type json/,
  'SELECT body::date FROM texts': /syntax for type date: "…"/,
}

for (const kind of postgresKinds) {
  describe(`what errors say of rows on ${kind.name}`, { skip: kind.skip }, () => {
    it('is never what stands in them, but constraint, table and column', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query(SCHEMA)
      for (const [statement, says] of Object.entries(FAILING)) {
        await assert.rejects(writer.query(statement), (error: MigrateError) => {
          assert.match(error.message, says)
          assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /S3cret/)
          return true
        })
      }
    })

    it("is not hidden where the statement's own text is wrong", async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await assert.rejects(writer.query("SELECT 'seven'::int"), /type integer: "seven"/)
      await assert.rejects(writer.query('CREATE TABLE t (i int) WITH (foo = 1)'), /"foo"/)
    })

    it('stays out of the journal', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': `-- migrate:up\n${SCHEMA}` })
      await project.migrator.migrate()
      await project.write(
        'v2.sql',
        '-- migrate:up\nINSERT INTO users SELECT 2, email, 1, note FROM users;',
      )
      await assert.rejects(project.migrator.migrate(), /users_email_key/)
      const kept = await project.query(
        'SELECT error_message AS text FROM schema_migrations UNION ALL SELECT detail_json FROM schema_migration_log',
      )
      assert.match(JSON.stringify(kept), /users_email_key/)
      assert.doesNotMatch(JSON.stringify([kept, project.events]), /S3cret/)
    })

    it('is kept of a failure whose message has a character that PostgreSQL cannot store', async (t) => {
      const project = await createProject(t, kind, {
        'v1.js': "export async function up() { throw new Error('a\\0b') }",
      })
      await assert.rejects(project.migrator.migrate(), { code: 'STEP_FAILED' })
      assert.deepEqual(await statuses(project), { v1: 'failed' })
      const rows = await project.query('SELECT error_message AS text FROM schema_migrations')
      assert.deepEqual(rows, [{ text: 'ab' }])
    })

    it("is refused in a migration's own values, as PostgreSQL has it", async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      const { db } = await writer.kysely()
      await writer.query('CREATE TABLE t (body text)')
      await assert.rejects(db.insertInto('t').values({ body: 'a\0b' }).execute(), {
        code: 'STATEMENT_FAILED',
        message: /0x00/,
      })
      await assert.rejects(writer.query("SELECT 'a\0b'"), { code: 'STATEMENT_FAILED' })
      assert.deepEqual((await writer.query('SELECT 1 AS one')).rows, [{ one: 1 }])
    })

    it("is left out of other sessions' statements", async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int, body text)')
      await holder.begin(IN_TRANSACTION)
      await holder.query("INSERT INTO t VALUES (4711, 'S3cret')")
      const waiting = writer.query('ALTER TABLE t ADD COLUMN x int')
      await until(async () => (await writer.blockers()).length > 0)
      const [blocker] = await writer.blockers()
      assert.equal(blocker?.query, 'INSERT INTO t VALUES (…, …)')
      await holder.rollback()
      await waiting
    })
  })
}

describe('the shape of a statement', () => {
  const shapes: Record<string, string> = {
    'SELECT a1, "b" FROM t WHERE c=-1.5e3': 'SELECT a1, "b" FROM t WHERE c=-…',
    "SELECT 'a''b', E'a\\'b', $$x$$, $t$ y $t$, B'01', U&'x'": 'SELECT …, …, …, …, …, …',
    'UPDATE t\n  SET a = $1 -- S3cret\n /* S3cret */ WHERE b': 'UPDATE t SET a = $1 WHERE b',
    // cut by the server
    "UPDATE t SET a = 'S3c": 'UPDATE t SET a = …',
    'DO $body$ BEGIN S3c $bo': 'DO …',
    'SELECT "S3c': 'SELECT …',
    'SELECT 1 /* S3c': 'SELECT … …',
    // written with standard_conforming_strings off
    "SELECT 'a\\' S3cret ', 2": 'SELECT …',
    '': '',
  }
  for (const [statement, shape] of Object.entries(shapes)) {
    it(`of ${JSON.stringify(statement)}`, () => {
      assert.equal(statementShape(statement), shape)
    })
  }
  it('is short', () => {
    assert.equal(statementShape(`SELECT ${'long, '.repeat(1000)}`).length, 200)
  })
})
