import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import { table } from '../contract/project.ts'
import { findings, refused, roled } from './grants-support.ts'
import { newWriter, postgresKinds, urlOfNewRole } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`grants on ${kind.name}`, { skip: kind.skip }, () => {
    it('give the application its data and keep the journal and DDL from it', async (t) => {
      const { project, named, appUrl, adminUrl, roles } = await roled(t, kind)
      assert.deepEqual(
        (await findings(named)).filter((line) => line.startsWith('info')),
        [roles.app, roles.admin].map((role) => `info RIGHTS_MISSING role ${role}`),
      )
      await execute(project.url, 'GRANT SELECT (version) ON schema_migrations TO PUBLIC')
      await execute(project.url, `GRANT CREATE ON SCHEMA public TO PUBLIC`)
      await execute(project.url, `GRANT ALL ON orders TO ${roles.app}`)
      await execute(project.url, `GRANT ${roles.admin} TO ${roles.app}`)

      const planned = await named.grants()
      assert.equal(planned.outcome, 'planned')
      assert.ok(planned.statements.includes(`REVOKE ${roles.admin} FROM ${roles.app}`))
      const done = await named.grants({ apply: true })
      assert.equal(done.outcome, 'done')
      assert.equal((await named.grants({ apply: true })).outcome, 'nothing')
      assert.deepEqual(await findings(named), [])
      const [entry] = await named.log({ limit: 1 })
      assert.equal(entry?.event, 'grants_applied')
      assert.deepEqual(JSON.parse(entry?.detail ?? ''), {
        ...roles,
        statements: done.statements.length,
      })

      await execute(appUrl, "INSERT INTO orders (label) VALUES ('one')")
      await execute(
        appUrl,
        "UPDATE orders SET label = 'two'; SELECT nextval('tickets'); TABLE labels",
      )
      for (const statement of [
        'SELECT version FROM schema_migrations',
        'INSERT INTO schema_migration_log (seq) VALUES (9)',
        'TABLE schema_migration_archive',
        "SELECT nextval('schema_migrations_id_seq')",
        'TABLE books',
        'TRUNCATE orders',
        'CREATE TABLE mine (id INTEGER)',
        'ALTER TABLE orders ADD COLUMN mine INTEGER',
        'DROP FUNCTION twice',
      ]) {
        await refused(appUrl, statement)
      }

      await project.write('v003_items.sql', table('items'))
      const admin = await project.open({ databaseUrl: adminUrl, backup: 'off', roles })
      assert.equal((await admin.migrate()).outcome, 'done')
      await execute(appUrl, "INSERT INTO items VALUES (1, 'x')")
      assert.equal((await named.grants()).outcome, 'nothing')
      assert.equal((await admin.rollback({ version: 'v001_orders' })).outcome, 'done')
    })

    it('are found missing, and too many, where they are', async (t) => {
      const { project, named, roles } = await roled(t, kind)
      await named.grants({ apply: true })
      for (const [fault, undo, expected] of [
        [
          `REVOKE DELETE ON users FROM ${roles.app}`,
          `GRANT DELETE ON users TO ${roles.app}`,
          'error RIGHTS_MISSING table users 1',
        ],
        [
          `GRANT INSERT ON schema_migration_log TO ${roles.app}`,
          `REVOKE INSERT ON schema_migration_log FROM ${roles.app}`,
          'error ROLE_TOO_STRONG table schema_migration_log 1',
        ],
        [
          `ALTER TABLE users OWNER TO CURRENT_USER`,
          `ALTER TABLE users OWNER TO ${roles.admin}`,
          'error RIGHTS_MISSING table users 1',
        ],
        [
          `ALTER ROLE ${roles.app} BYPASSRLS`,
          `ALTER ROLE ${roles.app} NOBYPASSRLS`,
          `error ROLE_TOO_STRONG role ${roles.app} 1`,
        ],
        [
          `ALTER ROLE ${roles.app} SUPERUSER`,
          `ALTER ROLE ${roles.app} NOSUPERUSER`,
          `error ROLE_TOO_STRONG role ${roles.app} 1`,
        ],
      ] as const) {
        await execute(project.url, fault)
        assert.deepEqual(await findings(named), [expected], fault)
        await execute(project.url, undo)
      }
      assert.deepEqual(await findings(named), [])
    })

    it('are the owner’s alone to what was put into quarantine', async (t) => {
      const { project, named, appUrl, adminUrl, roles } = await roled(t, kind)
      await named.grants({ apply: true })
      await execute(project.url, "INSERT INTO users VALUES (1, 'none')")
      const relation = { columns: ['label'], references: 'orders', referencesColumns: ['label'] }
      const admin = await project.open({
        databaseUrl: adminUrl,
        backup: 'off',
        expectations: [{ kind: 'relation', table: 'users', ...relation }],
      })
      assert.equal((await admin.mend({ categories: ['data'] })).mended[0]?.rows, 1)
      await refused(appUrl, 'TABLE quarantine_users')
      assert.deepEqual(await findings(named), [])
      await execute(project.url, `GRANT SELECT (label) ON quarantine_users TO ${roles.app}`)
      await execute(project.url, `GRANT DELETE ON quarantine_users TO PUBLIC`)
      assert.deepEqual(await findings(named), ['error ROLE_TOO_STRONG table quarantine_users 1'])
      assert.equal((await named.grants({ apply: true })).statements.length, 1)
      await refused(appUrl, 'SELECT label FROM quarantine_users')
      assert.deepEqual(await findings(named), [])
    })

    it('change nothing where they would not be what they should be', async (t) => {
      const { project, named, appUrl, roles } = await roled(t, kind)
      const other = new URL(
        await urlOfNewRole(project.url, await newWriter(t, await project.dialect())),
      )
      await execute(project.url, `GRANT ${other.username} TO ${roles.app}`)
      await execute(project.url, `GRANT SELECT ON schema_migrations TO ${other.username}`)
      await assert.rejects(named.grants({ apply: true }), {
        code: 'RIGHTS_INCOMPLETE',
        message: new RegExp(`${roles.app} would still have SELECT on table schema_migrations`),
      })
      await refused(appUrl, 'TABLE orders')
      const [entry] = await named.log({ limit: 1 })
      assert.notEqual(entry?.event, 'grants_applied')
    })

    it('need roles that are there', async (t) => {
      const { project, named } = await roled(t, kind)
      const bare = await project.open()
      await assert.rejects(bare.grants(), { code: 'OPTION_MISSING' })
      await assert.rejects(named.grants({ appRole: 'No One' }), {
        code: 'ROLE_MISSING',
        hint: /CREATE ROLE "No One" LOGIN;/,
      })
      await assert.rejects(named.grants({ appRole: 'x', adminRole: 'x' }), { code: 'USAGE' })
      await assert.rejects(named.grants({ appRole: 'public' }), { code: 'USAGE' })
      const strangers = await project.open({ roles: { app: 'nobody_1', admin: 'nobody_2' } })
      assert.deepEqual(await findings(strangers), [])
    })
  })
}
