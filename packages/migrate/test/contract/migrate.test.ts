import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { source } from './kysely-migration.ts'
import { assertTracked, createProject, statuses, table } from './project.ts'

for (const kind of databases) {
  describe(`migrate on ${kind.name}`, { skip: kind.skip }, () => {
    test('up, down to nothing and up again give the same schema', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': table('b', 'v1'),
        'v3.mjs': source,
      })
      const { migrator } = project
      const first = await migrator.migrate()
      assert.deepEqual(
        first.done.map((step) => step.version),
        ['v1', 'v2', 'v3'],
      )
      const up = await project.introspect()
      assert.ok(up.has('table c'))

      await migrator.rollback({ version: 'v1', withDependents: true })
      assert.equal((await project.introspect()).size, 0)
      assert.deepEqual(await statuses(project), {
        v1: 'rolled_back',
        v2: 'rolled_back',
        v3: 'rolled_back',
      })

      await migrator.migrate()
      assert.deepEqual(await project.introspect(), up)
      assert.equal((await migrator.migrate()).outcome, 'nothing')
      await assertTracked(project)
    })

    test('a failing migration leaves no trace but its failed row, and the retry succeeds', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': `-- migrate:up
CREATE TABLE b (id INTEGER PRIMARY KEY);
INSERT INTO b (id) VALUES (1);
INSERT INTO nowhere (id) VALUES (1);
`,
        'v3.sql': table('c', 'v2'),
      })
      await assert.rejects(project.migrator.migrate(), (error: MigrateError) => {
        assert.match(error.message, /^v2 failed: .*nowhere/)
        assert.deepEqual([error.code, error.at?.line, error.at?.column], ['STEP_FAILED', 4, 13])
        return true
      })
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'failed', v3: 'pending' })
      const live = await project.introspect()
      assert.ok(live.has('table a') && !live.has('table b') && !live.has('table c'))
      const [row] = await project.migrator.history({ limit: 1 })
      assert.match(row?.errorMessage ?? '', /nowhere/)

      await project.write('v2.sql', table('b', 'v1'))
      await project.migrator.migrate()
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'applied' })
      await assertTracked(project)
    })

    test('a target runs what it needs and nothing else', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': table('b', 'v1'),
        'v3.sql': table('c', 'v1'),
        'v4.sql': table('d', 'v3'),
      })
      const result = await project.migrator.migrate({ version: 'v4' })
      assert.deepEqual(
        result.done.map((step) => step.version),
        ['v1', 'v3', 'v4'],
      )
      assert.deepEqual(result.plan.leftOut, ['v2'])
      assert.equal((await project.migrator.status()).current, 'v4')
      assert.equal((await statuses(project)).v2, 'pending')
      await assert.rejects(project.migrator.migrate({ version: 'v5' }), { code: 'UNKNOWN_VERSION' })
    })

    test('a rollback of what others need is refused with their names', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': table('b', 'v1'),
      })
      await project.migrator.migrate()
      await assert.rejects(project.migrator.rollback({ version: 'v1' }), {
        code: 'HAS_DEPENDENTS',
        message: /v2/,
      })
      await assert.rejects(project.migrator.rollback({ version: 'v9' }), {
        code: 'UNKNOWN_VERSION',
      })
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied' })
    })

    test('status, a plan and a dry run write nothing', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const { migrator } = project
      assert.equal((await migrator.status()).journal, 'none')
      const { outcome, plan } = await migrator.migrate({ dryRun: true })
      assert.equal(outcome, 'planned')
      assert.equal(plan.steps.length, 1)
      assert.equal((await migrator.status()).journal, 'none')
      assert.equal((await migrator.status()).exists, kind.dialect === 'postgres')
    })

    test('a version merged late is applied, not skipped', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v3.sql': table('c') })
      await project.migrator.migrate()
      await project.write('v2.sql', table('b'))
      const { done, plan } = await project.migrator.migrate()
      assert.deepEqual(
        done.map((step) => step.version),
        ['v2'],
      )
      assert.equal(plan.findings[0]?.code, 'OUT_OF_ORDER')
    })

    test('a migration that swallows the error of a statement is not taken for applied', async (t) => {
      const project = await createProject(t, kind, {
        'v1.mjs': `export async function up(db) {
          await db.schema.createTable('a').addColumn('id', 'integer').execute()
          try { await db.insertInto('nowhere').values({ id: 1 }).execute() } catch {}
        }`,
      })
      const result = await project.migrator.migrate().catch((error) => error.code)
      const hasTable = (await project.introspect()).has('table a')
      // PostgreSQL's transaction is lost with the statement; SQLite undoes the statement alone
      if (kind.dialect === 'postgres') assert.deepEqual([result, hasTable], ['STEP_FAILED', false])
      else assert.deepEqual([result.outcome, hasTable], ['done', true])
    })

    test('a migration cannot end its own transaction', async (t) => {
      for (const statement of ['COMMIT', 'rollback', '/* x */ END', 'SELECT 1; COMMIT']) {
        const project = await createProject(t, kind, {
          'v1.mjs': `export async function up(db) {
            await db.schema.createTable('a').addColumn('id', 'integer').execute()
            await db.executeQuery({ sql: '${statement}', parameters: [], query: { kind: 'RawNode' }, queryId: { queryId: '1' } })
          }`,
        })
        await assert.rejects(project.migrator.migrate(), { code: 'STEP_FAILED' }, statement)
        assert.ok(!(await project.introspect()).has('table a'), statement)
      }
    })

    test('a savepoint inside a migration undoes its own part only', async (t) => {
      const project = await createProject(t, kind, {
        'v1.mjs': `export async function up(db) {
          await db.schema.createTable('a').addColumn('id', 'integer').execute()
          await db.transaction().execute(async (trx) => {
            await trx.insertInto('a').values({ id: 1 }).execute()
          })
          await db.transaction().execute(async (trx) => {
            await trx.insertInto('a').values({ id: 2 }).execute()
            throw new Error('undo')
          }).catch(() => {})
        }`,
      })
      await project.migrator.migrate()
      assert.deepEqual(await project.query('SELECT id FROM a'), [{ id: 1 }])
    })

    test('a step without a transaction is recorded as running first, and as applied after', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': `-- migrate:up transaction:false
${kind.dialect === 'postgres' ? 'CREATE INDEX CONCURRENTLY i ON a (label);' : 'CREATE INDEX i ON a (label);'}
-- migrate:down transaction:false
DROP INDEX i;
`,
      })
      await project.migrator.migrate()
      const events = (await project.migrator.log()).map(({ event, version }) => [event, version])
      assert.deepEqual(events.slice(0, 2), [
        ['applied', 'v2'],
        ['started', 'v2'],
      ])
      await project.migrator.rollback({ version: 'v2' })
      assert.equal((await statuses(project)).v2, 'rolled_back')
      await assertTracked(project)
    })

    test('an interruption rolls the open step back and leaves no trace of it', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.mjs': `export default { description: 'slow', up: async ({ db, signal }) => {
          await db.schema.createTable('b').addColumn('id', 'integer').execute()
          globalThis.slowStep?.()
          while (true) {
            signal.throwIfAborted()
            await new Promise((resolve) => setTimeout(resolve, 5))
          }
        }, down: 'irreversible' }`,
      })
      const controller = new AbortController()
      const migrator = await project.open({}, undefined, controller.signal)
      Object.assign(globalThis, { slowStep: () => controller.abort() })
      await assert.rejects(migrator.migrate(), { code: 'INTERRUPTED' })
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'pending' })
      assert.ok(!(await project.introspect()).has('table b'))
      await assertTracked(project)
    })

    test('a database with tables and no journal is refused', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.query('CREATE TABLE stranger (id INTEGER)')
      await assert.rejects(project.migrator.migrate(), {
        code: 'DATABASE_NOT_EMPTY',
        message: /stranger/,
      })
      await project.migrator.baseline({ version: null })
      assert.equal((await project.migrator.migrate()).outcome, 'done')
      await assertTracked(project)
    })

    test('an event sink that throws changes nothing', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const { createMigrator } = await import('../../src/migrator.ts')
      const migrator = await createMigrator({
        config: project.config(),
        on: () => {
          throw new Error('a broken sink')
        },
      })
      assert.equal((await migrator.migrate()).outcome, 'done')
    })

    test('a run that changes something takes one verified backup first', async (t) => {
      if (!kind.hasBackupTools) return t.skip('no backup tools for this version')
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const { migrator } = project
      assert.equal((await migrator.migrate()).backup, null, 'an empty database has nothing to save')
      await project.write('v2.sql', table('b'))
      await project.write('v3.sql', table('c'))
      const { backup } = await migrator.migrate()
      assert.match(backup ?? '', /daily\/backup_\d{8}_\d{6}\.(db|dump)$/)
      await project.write('v4.sql', table('d'))
      assert.equal((await migrator.migrate({ backup: false })).backup, null)
      const events = (await migrator.log()).map(({ event }) => event)
      assert.deepEqual(
        events.filter((event) => event.startsWith('backup')),
        ['backup_skipped', 'backup_taken'],
      )
    })
  })
}
