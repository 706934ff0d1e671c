import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { snapshotOf } from '../../src/schema/snapshot.ts'
import { IN_TRANSACTION, newDialect, newWriter, postgresKinds } from './setup.ts'

const SCHEMA = `
CREATE SCHEMA audit;
CREATE TABLE users (id serial, email text);
CREATE TABLE audit.log (id int);
CREATE VIEW mails AS SELECT email FROM users;
CREATE MATERIALIZED VIEW counts AS SELECT 1 AS one;
CREATE SEQUENCE ticket;
CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
CREATE TABLE schema_migrations (version text);
`

for (const kind of postgresKinds) {
  describe(`access facts of ${kind.name}`, { skip: kind.skip }, () => {
    it('of a schema without grants are its owners', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query(SCHEMA)
      const facts = snapshotOf(await dialect.introspectAccess(writer))
      // what initdb grants on the schema public is not the same on every version
      assert.deepEqual(
        [...facts.keys()].filter((key) => !key.includes('schema public')),
        [
          'owner audit.log.table',
          'owner counts.materialized view',
          'owner mails.view',
          'owner routine double(n integer)',
          'owner schema audit',
          'owner schema_migrations.table',
          'owner ticket.sequence',
          'owner users.table',
        ],
      )
      assert.deepEqual(facts.get('owner users.table')?.is, { on: 'table', role: writer.user })
    })

    it('say who may do what, and what others did is taken back', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query(SCHEMA)
      const access = async () => snapshotOf(await dialect.introspectAccess(writer))
      await writer.begin(IN_TRANSACTION)
      const [app, reader] = ['app', 'Reader'].map(
        (name) => `${name}_${randomBytes(6).toString('hex')}`,
      )
      await writer.query(
        `CREATE ROLE "${app}"; CREATE ROLE "${reader}";
         GRANT SELECT, INSERT ON users, audit.log TO "${app}"; GRANT SELECT ON users TO "${reader}" WITH GRANT OPTION;
         GRANT UPDATE (email) ON users TO "${reader}"; GRANT USAGE ON SEQUENCE users_id_seq TO "${app}";
         GRANT USAGE ON SCHEMA audit TO "${app}"; REVOKE EXECUTE ON FUNCTION double FROM PUBLIC;
         GRANT SELECT ON mails TO PUBLIC; GRANT SELECT ON schema_migrations TO "${app}";
         ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO "${app}";
         ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
      )
      const expected = await access()
      const is = (key: string) => expected.get(`grant ${key}`)?.is
      assert.deepEqual(is(`users.${app}`), {
        on: 'table',
        grantee: app,
        privileges: ['INSERT', 'SELECT'],
      })
      assert.deepEqual(is(`users.${reader}`)?.grantable, ['SELECT'])
      assert.equal(is(`users.email to ${reader}`)?.column, 'email')
      assert.equal(is(`audit.log.${app}`)?.schema, 'audit')
      assert.deepEqual(is('routine double(n integer) to PUBLIC'), {
        on: 'routine',
        object: 'double(n integer)',
        grantee: 'PUBLIC',
        privileges: [],
        byDefault: ['EXECUTE'],
      })
      assert.deepEqual(is(`default tables of ${writer.user} in audit to ${app}`)?.privileges, [
        'SELECT',
      ])

      await writer.query(
        `REVOKE INSERT ON users FROM "${app}"; GRANT DELETE ON users, schema_migrations TO "${app}";
         REVOKE GRANT OPTION FOR SELECT ON users FROM "${reader}"; REVOKE ALL ON SCHEMA audit FROM "${app}";
         REVOKE UPDATE (email) ON users FROM "${reader}"; GRANT INSERT (email) ON users TO PUBLIC;
         GRANT EXECUTE ON FUNCTION double TO PUBLIC; REVOKE ALL ON mails FROM PUBLIC;
         REVOKE ALL ON SEQUENCE users_id_seq FROM "${app}"; REVOKE DELETE ON users FROM CURRENT_USER;
         ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT INSERT ON TABLES TO "${app}";
         ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
         ALTER TABLE audit.log OWNER TO "${reader}"; ALTER FUNCTION double OWNER TO "${app}"`,
      )
      const differences = diffSnapshots(expected, await access())
      assert.ok(differences.length > 10)
      const stage = { now: expected, after: expected, expected }
      // owners first: they take their rights along
      for (const difference of differences.toReversed()) {
        const undo = await dialect.undo(difference, stage)
        for (const statement of undo?.statements ?? []) await writer.query(statement)
      }
      for (const difference of diffSnapshots(expected, await access())) {
        const undo = await dialect.undo(difference, stage)
        for (const statement of undo?.statements ?? []) await writer.query(statement)
      }
      assert.deepEqual(diffSnapshots(expected, await access()), [])
      await writer.rollback()
    })
  })
}
