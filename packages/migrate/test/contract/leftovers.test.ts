import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { assertTracked, createProject, faults, statuses, table } from './project.ts'

for (const kind of databases) {
  describe(`what a failed attempt left, on ${kind.name}`, { skip: kind.skip }, () => {
    test("a table of somebody else's is never taken for a leftover", async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': '-- migrate:up\nCREATE TABLE customers (id INTEGER, name TEXT);',
      })
      const { migrator } = project
      await migrator.snapshot()
      await migrator.migrate({ version: 'v1' })
      await project.query('CREATE TABLE customers (id INTEGER, name TEXT, balance INTEGER)')
      await project.query("INSERT INTO customers VALUES (1, 'Ana', 100)")
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await migrator.rollback({ version: 'v2', force: true })
      assert.deepEqual(await project.query('SELECT name FROM customers'), [{ name: 'Ana' }])

      // the same where the attempt may have left something
      await project.write(
        'v2.sql',
        '-- migrate:up transaction:false\nCREATE TABLE customers (id INTEGER, name TEXT);',
      )
      await migrator.snapshot()
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await assert.rejects(migrator.rollback({ version: 'v2' }), {
        code: 'SCHEMA_DIFFERS',
        message: /customers/,
      })
      assert.deepEqual(await project.query('SELECT name FROM customers'), [{ name: 'Ana' }])
    })

    test('a table that is only called the same is not present', async (t) => {
      const project = await createProject(t, kind, {
        'v1.mjs': `export default { description: 'd', down: 'irreversible', up: async ({ db, present }) => {
          if (await present('table', 'customers')) return
          await db.schema.createTable('customers').addColumn('id', 'integer').addColumn('name', 'text').execute()
        } }`,
      })
      const { migrator } = project
      await migrator.snapshot()
      await project.query('CREATE TABLE customers (name INTEGER)')
      await migrator.baseline({ version: null })
      await assert.rejects(migrator.migrate(), { code: 'SCHEMA_CONFLICT', message: /customers/ })
      await project.query('DROP TABLE customers')
      await project.query('CREATE TABLE customers (id INTEGER, name TEXT)')
      await migrator.migrate()
      assert.deepEqual(faults(await migrator.validate()), [])
    })

    test('what an attempt took away is not passed over in silence', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': '-- migrate:up\nCREATE TABLE t (a INTEGER, b INTEGER);',
        'v2.sql':
          '-- migrate:up transaction:false\nALTER TABLE t DROP COLUMN b;\nCREATE TABLE z (id INTEGER);',
      })
      const { migrator } = project
      await migrator.snapshot()
      await migrator.migrate({ version: 'v1' })
      await project.query('CREATE TABLE z (other INTEGER)')
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await assert.rejects(migrator.rollback({ version: 'v2', force: true }), {
        code: 'SCHEMA_DIFFERS',
        message: /column t\.b/,
        hint: /[Rr]estore/,
      })
      assert.equal((await statuses(project)).v2, 'failed')
    })

    test('a transaction that a migration left open is undone, not committed with the record', async (t) => {
      for (const rest of ['INSERT INTO nowhere VALUES (1);', '']) {
        const project = await createProject(t, kind, {
          'v1.sql': table('a'),
          'v2.sql': `-- migrate:up transaction:false\nBEGIN;\nINSERT INTO a VALUES (1, 'x');\n${rest}`,
        })
        await assert.rejects(project.migrator.migrate(), { code: 'STEP_FAILED', message: /^v2/ })
        assert.deepEqual(await project.query('SELECT id FROM a'), [])
        assert.equal((await statuses(project)).v2, 'failed')
        await assertTracked(project)
      }
    })

    test('queries that nobody awaits fail the step instead of running into the next one', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.mjs': `export async function up(db) {
          const insert = (id) => db.insertInto('a').values({ id, label: 'x' }).execute().catch(() => {});
          [1, 2, 3].forEach(async (n) => { await insert(n); await insert(n + 10); await insert(n + 20) })
        }`,
      })
      await assert.rejects(project.migrator.migrate(), {
        code: 'STEP_FAILED',
        message: /before its queries/,
      })
      assert.deepEqual(await project.query('SELECT id FROM a'), [])
      assert.equal((await statuses(project)).v2, 'failed')
    })

    test('a state that no version can be in stops the run', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.query("UPDATE schema_migrations SET status = 'APPLIED'")
      await assert.rejects(project.migrator.migrate(), {
        code: 'STATUS_UNKNOWN',
        message: /APPLIED/,
      })
    })

    test("another tool's journal of another shape is said to be that", async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.query('CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY)')
      for (const call of [project.migrator.status, project.migrator.migrate]) {
        await assert.rejects(call(), { code: 'JOURNAL_FOREIGN', hint: /Rename/ })
      }
    })

    test('an interruption does not wait for what a program waits for', async (t) => {
      const project = await createProject(t, kind, {
        'v1.mjs': `export const up = async (db) => {
          await db.schema.createTable('a').addColumn('id', 'integer').execute()
          globalThis.stopNow()
          await new Promise(() => {})
        }`,
      })
      const controller = new AbortController()
      Object.assign(globalThis, { stopNow: () => setTimeout(() => controller.abort(), 10) })
      const migrator = await project.open({}, undefined, controller.signal)
      await assert.rejects(migrator.migrate(), { code: 'INTERRUPTED' })
      assert.deepEqual(await statuses(project), { v1: 'pending' })
    })
  })
}
