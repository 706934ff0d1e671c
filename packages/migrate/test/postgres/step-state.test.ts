import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { assertTracked, createProject, statuses } from '../contract/project.ts'
import {
  IN_TRANSACTION,
  newDialect,
  newWriter,
  postgresKinds,
  targetOf,
  urlOfNewRole,
} from './setup.ts'

/** What a step can leave in its session, and a query that shows it. */
const LEFT_BEHIND: Record<string, readonly [does: string, shows: string]> = {
  settings: [
    "SET session_replication_role = replica; SELECT set_config('search_path', '', false)",
    "SELECT current_setting('session_replication_role') || current_setting('search_path') AS state",
  ],
  'a setting that makes transactions read-only': [
    'CREATE TEMP TABLE leftover (id int); SET default_transaction_read_only = on',
    "SELECT current_setting('transaction_read_only') AS state",
  ],
  'a role': ['SET ROLE pg_monitor', 'SELECT current_user AS state'],
  'a user': ['SET SESSION AUTHORIZATION pg_monitor', 'SELECT session_user AS state'],
  'advisory locks': [
    'SELECT pg_advisory_lock(4711)',
    "SELECT count(*) AS state FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
  ],
  'a channel that it listens to': [
    'LISTEN news',
    'SELECT count(*) AS state FROM pg_listening_channels()',
  ],
  'temporary tables': [
    'CREATE TEMP TABLE leftover (id int)',
    "SELECT to_regclass('leftover') AS state",
  ],
  'prepared statements': [
    'PREPARE leftover AS SELECT 1',
    'SELECT count(*) AS state FROM pg_prepared_statements',
  ],
  cursors: [
    'DECLARE leftover CURSOR WITH HOLD FOR SELECT 1',
    "SELECT count(*) AS state FROM pg_cursors WHERE name = 'leftover'",
  ],
}

const OURS = [
  ['DateStyle', 'ISO, MDY'],
  ['client_connection_check_interval', '1s'],
  ['statement_timeout', '0'],
  ['idle_session_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
] as const

for (const kind of postgresKinds) {
  describe(`what a step leaves in its session on ${kind.name}`, { skip: kind.skip }, () => {
    for (const [what, [does, shows]] of Object.entries(LEFT_BEHIND)) {
      it(`is gone in the next one: ${what}`, async (t) => {
        const writer = await newWriter(t, await newDialect(t, kind))
        const state = async () => {
          await writer.begin(IN_TRANSACTION)
          const { rows } = await writer.query(shows)
          await writer.commit()
          return rows
        }
        const before = await state()
        await writer.begin(IN_TRANSACTION)
        await writer.query(does)
        await writer.commit()
        assert.deepEqual(await state(), before)
        // and what a step without a transaction did
        await writer.query(does)
        assert.deepEqual(await state(), before)
      })
    }

    it('leaves the settings of a run as they were', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      for (const [name] of OURS) await writer.query(`SET ${name} TO DEFAULT`)
      await writer.query('SET DateStyle = German')
      await writer.begin(IN_TRANSACTION)
      for (const [name, value] of OURS) {
        const { rows } = await writer.query('SELECT current_setting($1) AS value', [name])
        assert.equal(rows[0]?.value, value, name)
      }
      await writer.commit()
    })

    it('puts a user without rights back into the role that it has by default', async (t) => {
      const url = await testDatabase(t, kind)
      const owner = await newWriter(t, createPostgresDialect(targetOf(url)))
      const plain = await urlOfNewRole(url, owner)
      const user = new URL(plain).username
      await owner.query(`CREATE ROLE ${user}_owner; CREATE ROLE ${user}_other;
        GRANT ${user}_owner, ${user}_other TO ${user}; ALTER ROLE ${user} SET role = ${user}_owner`)
      const writer = await newWriter(t, createPostgresDialect(targetOf(plain)))
      assert.equal(writer.user, `${user}_owner`)
      await writer.query(`SET ROLE ${user}_other; CREATE TEMP TABLE leftover (id int)`)
      await writer.begin(IN_TRANSACTION)
      const { rows } = await writer.query('SELECT current_user AS now')
      assert.equal(rows[0]?.now, `${user}_owner`)
      await writer.commit()
    })

    it("does not lead its journal into another schema's", async (t) => {
      const project = await createProject(t, kind, {})
      // both schemas have a journal of their own
      await project.write('v1.sql', '-- migrate:up\nCREATE SCHEMA tenant;')
      await project.migrator.migrate()
      await project.query('CREATE TABLE tenant.schema_migrations (LIKE schema_migrations)')
      await project.query('CREATE TABLE tenant.schema_migration_log (LIKE schema_migration_log)')
      await project.write(
        'v2.sql',
        '-- migrate:up\nSET search_path = tenant; CREATE TABLE a (i int);',
      )
      await project.write(
        'v3.sql',
        "-- migrate:up transaction:false\nSELECT set_config('search_path', 'tenant', false); CREATE TABLE b (i int);",
      )
      await project.write('v4.sql', '-- migrate:up\nCREATE TABLE c (i int);')
      await project.migrator.migrate()
      assert.deepEqual(await statuses(project), {
        v1: 'applied',
        v2: 'applied',
        v3: 'applied',
        v4: 'applied',
      })
      await assertTracked(project)
      assert.deepEqual(await project.query('SELECT version FROM tenant.schema_migrations'), [])
      assert.deepEqual(await project.query('SELECT seq FROM tenant.schema_migration_log'), [])
      const [made] = await project.query(
        "SELECT to_regclass('tenant.a') AS a, to_regclass('tenant.b') AS b, to_regclass('public.c') AS c",
      )
      assert.deepEqual(made, { a: 'tenant.a', b: 'tenant.b', c: 'c' })
    })

    it('ends with the step, so that a role without rights on the journal can make tables', async (t) => {
      const project = await createProject(t, kind, {})
      const role = `plain_${new URL(project.url).pathname.slice(1)}`
      await project.query(`CREATE ROLE ${role}; GRANT CREATE ON SCHEMA public TO ${role}`)
      for (const [version, change] of Object.entries({
        v1: `SET ROLE ${role}`,
        v2: `SET LOCAL ROLE ${role}`,
        v3: `SET SESSION AUTHORIZATION ${role}`,
      })) {
        await project.write(
          `${version}.sql`,
          `-- migrate:up\n${change}; CREATE TABLE ${version} ();`,
        )
      }
      await project.migrator.migrate()
      const owners = await project.query(
        "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE tablename ~ '^v[123]$'",
      )
      assert.deepEqual(owners, [{ owner: role }])
    })
  })

  describe(`timeouts of the server or the role on ${kind.name}`, { skip: kind.skip }, () => {
    it('end neither the lock nor a step', async (t) => {
      const dialect = await newDialect(t, kind)
      const first = await newWriter(t, dialect)
      for (const timeout of [
        'idle_session_timeout',
        'idle_in_transaction_session_timeout',
        'statement_timeout',
        'lock_timeout',
        'transaction_timeout',
      ]) {
        // what this version does not have is left out
        await first
          .query(
            `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${timeout} = 100', current_database()); END $$`,
          )
          .catch(() => {})
      }
      const held = await dialect.acquireLock({
        runId: 'test-run',
        purpose: 'migrate',
        waitMs: 0,
        onWaiting: () => {},
      })
      t.after(() => held.release())
      const writer = await newWriter(t, dialect)
      await writer.begin(IN_TRANSACTION)
      await writer.query('SELECT pg_sleep(0.3)')
      await new Promise((resolve) => setTimeout(resolve, 300))
      await writer.commit()
      await new Promise((resolve) => setTimeout(resolve, 300))
      await writer.query('SELECT pg_sleep(0.3)')
      await held.assertHeld()
    })
  })
}
