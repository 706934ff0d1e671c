import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import { findings, refused, roled } from './grants-support.ts'
import { newWriter, postgresKinds, urlOfNewRole } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`rights that are too much on ${kind.name}`, { skip: kind.skip }, () => {
    it('are those to a view on the journal, and to write through any view', async (t) => {
      const { project, named, appUrl, roles } = await roled(t, kind)
      await named.grants({ apply: true })
      // views are tables to default privileges
      await execute(
        project.url,
        `SET ROLE ${roles.admin}; CREATE VIEW journal_view AS SELECT * FROM schema_migration_log;
         CREATE VIEW over_view AS SELECT seq, event FROM journal_view;
         CREATE VIEW plain_view AS SELECT * FROM users;
         RESET ROLE; CREATE SCHEMA reports; GRANT USAGE ON SCHEMA reports TO ${roles.app};
         CREATE VIEW reports.runs AS SELECT * FROM schema_migrations;
         GRANT SELECT ON reports.runs TO ${roles.app}`,
      )
      const { faults } = await named.grants()
      assert.deepEqual(
        faults.map(({ kind, object, what }) => `${kind} ${object}: ${what}`),
        [
          'excess view journal_view: SELECT, INSERT, UPDATE, DELETE',
          'excess view over_view: SELECT, INSERT, UPDATE, DELETE',
          'excess view reports.runs: SELECT',
          'excess view plain_view: INSERT, UPDATE, DELETE',
        ],
      )
      assert.equal((await named.grants({ apply: true })).outcome, 'done')
      assert.equal((await named.grants()).outcome, 'nothing')
      for (const statement of [
        'TABLE journal_view',
        'DELETE FROM over_view',
        'TABLE reports.runs',
        'DELETE FROM plain_view',
      ]) {
        await refused(appUrl, statement)
      }
      await execute(appUrl, 'TABLE plain_view')
    })

    it('are found in default privileges', async (t) => {
      const { project, named, roles } = await roled(t, kind)
      await named.grants({ apply: true })
      const given = `ALTER DEFAULT PRIVILEGES FOR ROLE ${roles.admin}`
      await execute(
        project.url,
        `${given} IN SCHEMA public GRANT TRUNCATE, TRIGGER ON TABLES TO ${roles.app};
         ${given} GRANT SELECT ON TABLES TO PUBLIC;
         ${given} IN SCHEMA public GRANT USAGE ON SEQUENCES TO PUBLIC`,
      )
      const wanted = [
        `${given} IN SCHEMA public REVOKE TRIGGER, TRUNCATE ON TABLES FROM ${roles.app}`,
        `${given} REVOKE SELECT ON TABLES FROM PUBLIC`,
        `${given} IN SCHEMA public REVOKE USAGE ON SEQUENCES FROM PUBLIC`,
      ]
      assert.deepEqual((await named.grants()).statements.toSorted(), wanted.toSorted())
      assert.deepEqual((await findings(named)).toSorted(), [
        'error ROLE_TOO_STRONG sequences to come 1',
        'error ROLE_TOO_STRONG tables to come 1',
        'error ROLE_TOO_STRONG tables to come 1',
      ])
      await named.grants({ apply: true })
      assert.equal((await named.grants()).outcome, 'nothing')
    })

    it('are never taken from a superuser, who may be the only one', async (t) => {
      const { project, named, roles } = await roled(t, kind)
      await execute(project.url, `ALTER ROLE ${roles.app} SUPERUSER`)
      const { faults, statements } = await named.grants({ adminRole: roles.admin })
      const ofApp = faults.filter(({ role }) => role === roles.app)
      assert.deepEqual(
        ofApp.map(({ what, statement, byHand, advice }) => ({ what, statement, byHand, advice })),
        [
          {
            what: 'SUPERUSER',
            statement: null,
            byHand: true,
            advice: 'choose another role for the application',
          },
        ],
      )
      assert.doesNotMatch(statements.join(), /ALTER ROLE/)
      await assert.rejects(named.grants({ apply: true }), {
        code: 'RIGHTS_INCOMPLETE',
        hint: 'Choose another role for the application. Then run `grants --apply` again.',
      })
      await execute(project.url, `ALTER ROLE ${roles.app} NOSUPERUSER`)
    })

    it('come through a role in between, which hides no other fault', async (t) => {
      const { project, named, roles } = await roled(t, kind)
      await named.grants({ apply: true })
      const between = new URL(
        await urlOfNewRole(project.url, await newWriter(t, await project.dialect())),
      ).username
      await execute(
        project.url,
        `GRANT ${roles.admin} TO ${between}; GRANT ${between} TO ${roles.app};
         GRANT TRUNCATE ON users TO ${roles.app}; REVOKE SELECT ON orders FROM ${roles.app}`,
      )
      const { faults } = await named.grants()
      assert.deepEqual(
        faults.map(({ kind, what, statement, byHand }) => ({ kind, what, statement, byHand })),
        [
          {
            kind: 'excess',
            what: `membership in ${roles.admin} through ${between}`,
            statement: `REVOKE ${between} FROM ${roles.app}`,
            byHand: true,
          },
          {
            kind: 'missing',
            what: 'SELECT',
            statement: `GRANT SELECT ON public.orders TO ${roles.app}`,
            byHand: false,
          },
          {
            kind: 'excess',
            what: 'TRUNCATE',
            statement: `REVOKE TRUNCATE ON public.users FROM ${roles.app}, PUBLIC`,
            byHand: false,
          },
        ],
      )
      await assert.rejects(named.grants({ apply: true }), {
        code: 'RIGHTS_INCOMPLETE',
        hint: new RegExp(`run: \`REVOKE ${between} FROM ${roles.app};\`\\. Then run`),
      })
      await execute(project.url, `REVOKE ${between} FROM ${roles.app}`)
      assert.equal((await named.grants({ apply: true })).outcome, 'done')
    })
  })
}
