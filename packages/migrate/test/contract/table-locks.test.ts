import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import pg from 'pg'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, statuses, table } from './project.ts'

/** A session of somebody else's; the database is dropped under it when the test ends. */
async function connect(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return client
}

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(`locks of others on ${kind.name}`, { skip: kind.skip }, () => {
    test('a step gives a locked table up soon, says who is in the way, and comes back', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate({ backup: false })
      await project.write('v2.sql', '-- migrate:up\nALTER TABLE a ADD COLUMN extra INTEGER;')
      const other = await connect(t, project.url)
      await other.query('BEGIN; SELECT * FROM a')
      const retries = () =>
        project.events.flatMap((event) => (event.type === 'step.retrying' ? [event] : []))
      const named = () => retries().find(({ blockers }) => blockers.length > 0)
      const migrator = await project.open({ ddlLockTimeoutMs: 100, backup: 'off' })
      const running = migrator.migrate()
      const timer = setInterval(() => {
        if (retries().length < 2 || !named()) return
        clearInterval(timer)
        void other.query('COMMIT')
      }, 20)
      await running
      assert.equal(named()?.error.code, 'DDL_LOCK_TIMEOUT')
      assert.match(named()?.blockers[0]?.query ?? '', /SELECT \* FROM a/)
      assert.equal((await statuses(project)).v2, 'applied')
      await assertTracked(project)
    })

    test('a table that stays locked ends in an error that names the session', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate({ backup: false })
      await project.write('v2.sql', '-- migrate:up\nALTER TABLE a ADD COLUMN extra INTEGER;')
      const other = await connect(t, project.url)
      await other.query('BEGIN; SELECT * FROM a')
      const pid = (await other.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
      const migrator = await project.open({
        ddlLockTimeoutMs: 60,
        ddlRetryForMs: 3_000,
        backup: 'off',
      })
      await assert.rejects(migrator.migrate(), (error: MigrateError) => {
        assert.equal(error.code, 'DDL_LOCK_TIMEOUT')
        assert.match(error.message, new RegExp(`pid ${pid} .*idle in transaction`))
        return true
      })
      assert.equal((await statuses(project)).v2, 'failed')
    })

    test('what the server says during a step is an event', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': "-- migrate:up\nDO $$ BEGIN RAISE NOTICE 'half way'; END $$;",
      })
      await project.migrator.migrate()
      const notices = project.events.filter((event) => event.type === 'notice')
      assert.deepEqual(
        notices.map((event) => event.type === 'notice' && event.message),
        ['half way'],
      )
    })

    test('an interruption stops the statement that runs', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': '-- migrate:up\nCREATE TABLE a (id INTEGER);\nSELECT pg_sleep(60);',
      })
      const controller = new AbortController()
      const migrator = await project.open({ backup: 'off' }, undefined, controller.signal)
      setTimeout(() => controller.abort(), 500)
      await assert.rejects(migrator.migrate(), { code: 'INTERRUPTED' })
      assert.ok(!(await project.introspect()).has('table a'))
      assert.deepEqual(await statuses(project), { v1: 'pending' })
    })
  })
}
