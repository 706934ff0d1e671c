import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import { createMigrator } from '../../src/migrator.ts'
import { refused, unmigrated } from './grants-support.ts'
import { postgresKinds } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`grants of a new database on ${kind.name}`, { skip: kind.skip }, () => {
    it('come before the journal, which is made for its owner alone', async (t) => {
      const { project, named, appUrl, adminUrl, roles } = await unmigrated(t, kind)
      const { app, admin } = roles
      const toCome = `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} IN SCHEMA public GRANT`
      const wanted = [
        `GRANT USAGE, CREATE ON SCHEMA public TO ${admin}`,
        `${toCome} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`,
        `${toCome} USAGE, SELECT ON SEQUENCES TO ${app}`,
      ]
      const planned = await named.grants()
      assert.deepEqual([planned.hasJournal, planned.statements], [false, wanted])
      const done = await named.grants({ apply: true })
      assert.deepEqual([done.outcome, done.statements], ['done', wanted])
      assert.equal((await named.grants({ apply: true })).outcome, 'nothing')
      // whoever else is given tables to come is not given the journal
      await execute(
        project.url,
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} GRANT SELECT ON TABLES TO PUBLIC`,
      )

      const migrator = await project.open({ databaseUrl: adminUrl, backup: 'off', roles })
      assert.equal((await migrator.migrate()).outcome, 'done')
      for (const statement of [
        'TABLE schema_migrations',
        'DELETE FROM schema_migration_log',
        'TABLE schema_migration_archive',
        "SELECT nextval('schema_migrations_id_seq')",
      ]) {
        await refused(appUrl, statement)
      }
      await execute(appUrl, "INSERT INTO orders (label) VALUES ('one')")
    })

    it('keep an application that asks for the status to the way in', async (t) => {
      const { project, named, appUrl } = await unmigrated(t, kind)
      await project.migrator.migrate()
      await named.grants({ apply: true })
      const app = await createMigrator({ config: project.config({ databaseUrl: appUrl }) })
      await assert.rejects(app.status(), {
        code: 'PERMISSION_DENIED',
        hint: /^The application does not touch the journal: migrate, .* before the application starts/,
      })
    })
  })
}
