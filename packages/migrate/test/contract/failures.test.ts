import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import pg from 'pg'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, statuses, table } from './project.ts'

for (const kind of databases) {
  describe(`what fails on ${kind.name}`, { skip: kind.skip }, () => {
    test('without a generated snapshot, what is there already is not taken on trust', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.mjs': `export default {
          description: 'an index', dependsOn: ['v1'], down: 'irreversible',
          up: async ({ db, present }) => {
            if (await present('index', 'idx_one')) return
            await db.schema.createIndex('idx_one').on('a').column('label').execute()
          },
        }`,
      })
      await project.migrator.migrate({ version: 'v1' })
      await project.query('CREATE INDEX idx_one ON a (label)')
      await assert.rejects(project.migrator.migrate(), {
        code: 'SNAPSHOT_MISSING',
        message: /idx_one/,
      })
      const { ok, findings } = await project.migrator.validate()
      assert.deepEqual([ok, findings[0]?.code], [false, 'SNAPSHOT_MISSING'])
      await project.migrator.snapshot()
      await project.migrator.migrate()
      assert.equal((await statuses(project)).v2, 'applied')
    })

    test('a program that throws anything at all is rolled back and named', async (t) => {
      for (const thrown of ['new Error("by hand")', '"a string"', 'undefined', '{ code: 1 }']) {
        const project = await createProject(t, kind, {
          'v1.mjs': `export async function up(db) {
            await db.schema.createTable('a').addColumn('id', 'integer').execute()
            throw ${thrown}
          }`,
        })
        await assert.rejects(project.migrator.migrate(), { code: 'STEP_FAILED', message: /^v1/ })
        assert.ok(!(await project.introspect()).has('table a'), thrown)
        assert.deepEqual(await statuses(project), { v1: 'failed' })
        await assertTracked(project)
      }
    })

    test('what fails names the command that brings back what was there before the run', async (t) => {
      if (!kind.hasBackupTools) return t.skip('no backup tools for this version')
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': table('b', 'v1').replace('DROP TABLE b;', 'DROP TABLE b; SELECT nothing;'),
      })
      // a folder that the shell would take for two words
      const migrator = await project.open({ backupDir: join(project.folder, "Ana's backups") })
      await migrator.migrate()
      const before = [await project.introspect(), await statuses(project)]
      const named = {
        code: 'STEP_FAILED',
        hint: /`restore --backup-file '\/.*Ana'\\''s backups\/.*'`/,
      }
      await assert.rejects(migrator.rollback({ version: 'v2' }), {
        ...named,
        message: /^The rollback of v2 failed: /,
      })
      assert.deepEqual([await project.introspect(), await statuses(project)], before)
      await assertTracked(project)

      await project.write('v3.sql', '-- migrate:up\nSELECT nothing;')
      await assert.rejects(migrator.migrate(), named)
      const last = project.events.findLast(({ type }) => type === 'run.finished')
      assert.ok(last?.type === 'run.finished' && named.hint.test(last.error?.hint ?? ''))
      const file = project.events.findLast(({ type }) => type === 'backup.finished')
      assert.ok(file?.type === 'backup.finished' && last?.error?.hint.includes(basename(file.file)))

      // without one there is nothing to name
      const bare = await project.open({ backup: 'off' })
      await assert.rejects(bare.migrate(), (error: MigrateError) => !/restore/.test(error.hint))
    })

    test('so does what cannot be removed after an attempt that stopped half-way', async (t) => {
      if (!kind.hasBackupTools) return t.skip('no backup tools for this version')
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.snapshot()
      await project.migrator.migrate()
      await project.query("UPDATE schema_migrations SET status = 'running'")
      await project.query('CREATE TABLE other (a_id INTEGER REFERENCES a (id))')
      await project.query("INSERT INTO a VALUES (1, 'x')")
      await project.query('INSERT INTO other VALUES (1)')
      await assert.rejects(project.migrator.rollback({ version: 'v1' }), {
        message: /other/,
        hint: /`restore --backup-file \/.*`/,
      })
      assert.deepEqual(await statuses(project), { v1: 'running' })
      assert.ok((await project.introspect()).has('table a'))
    })

    test('ten thousand statements in one file are one step', async (t) => {
      const inserts = Array.from({ length: 10_000 }, (_, n) => `INSERT INTO a VALUES (${n}, 'x');`)
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': `-- migrate:up\n${inserts.join('\n')}\nINSERT INTO a VALUES (0, 'again');`,
      })
      await assert.rejects(project.migrator.migrate(), { code: 'STEP_FAILED' })
      assert.deepEqual(await project.query('SELECT id FROM a'), [])
      await project.write('v2.sql', `-- migrate:up\n${inserts.join('\n')}`)
      await project.migrator.migrate()
      assert.equal((await project.query('SELECT id FROM a')).length, 10_000)
    })
  })
}

test('a full disk is named, on sqlite', async (t) => {
  const [kind] = databases
  assert.ok(kind)
  const project = await createProject(t, kind, {
    'v1.sql': table('a'),
    // SQLite's own limit fails as the disk would: SQLITE_FULL
    'v2.mjs': `export async function up(db) {
      const run = (sql) => db.executeQuery({ sql, parameters: [], query: { kind: 'RawNode' }, queryId: {} })
      await run('PRAGMA max_page_count = 1')
      await run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO a SELECT i, hex(zeroblob(1000)) FROM n")
    }`,
  })
  await assert.rejects(project.migrator.migrate(), { code: 'DISK_FULL', message: /^v2/ })
  assert.deepEqual(await project.query('SELECT id FROM a'), [])
})

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  test(`a deadlock is resolved by running the step again, on ${kind.name}`, async (t) => {
    if (kind.skip) return t.skip(kind.skip)
    const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
    await project.migrator.migrate()
    const other = await connect(t, project.url)
    await project.write(
      'v3.mjs',
      `export async function up(db) {
        await db.insertInto('a').values({ id: 1, label: 'x' }).execute()
        await globalThis.crossLock()
        await db.insertInto('b').values({ id: 1, label: 'x' }).execute()
      }`,
    )
    let crossed: Promise<unknown> | undefined
    Object.assign(globalThis, {
      crossLock: async () => {
        if (crossed) return
        // the guard against drift has looked at it by now
        await other.query('BEGIN; LOCK TABLE b')
        // waits for the step's row in a, while the step will wait for b; at the second attempt nobody waits
        crossed = other.query('LOCK TABLE a; COMMIT').catch(() => other.query('ROLLBACK'))
      },
    })
    const migrator = await project.open({ backup: 'off', ddlLockTimeoutMs: 0 })
    await migrator.migrate()
    await crossed
    assert.equal((await statuses(project)).v3, 'applied')
    await assertTracked(project)
  })
}

async function connect(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return client
}
