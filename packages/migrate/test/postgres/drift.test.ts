import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { databases, execute } from '../../../../test/support/databases.ts'
import { renderUndo } from '../../src/cli/render/drift.ts'
import { createProject } from '../contract/project.ts'

const SCHEMA = `-- migrate:up
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE numbers;
CREATE TABLE a (id integer PRIMARY KEY, label text NOT NULL, feeling mood, size integer CHECK (size > 0));
CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a (id));
CREATE INDEX idx_a_label ON a (label);
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER kept BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION keep();
`

const byHand = (role: string): readonly (readonly [string, ...string[]])[] => [
  [`GRANT SELECT ON a TO ${role}`, `!grant a.${role}`],
  [`GRANT SELECT ON schema_migrations TO ${role}`, `!grant schema_migrations.${role}`],
  [`GRANT ${role} TO CURRENT_USER`],
  [`ALTER TABLE b OWNER TO ${role}`, '!owner b.table'],
  ['ALTER TABLE a DROP CONSTRAINT a_size_check', '!check a.a_size_check'],
  ['ALTER TABLE b ADD CONSTRAINT small CHECK (id < 100)', '!check b.small'],
  ['ALTER TABLE a ALTER COLUMN label DROP NOT NULL', '!column a.label'],
  ['ALTER TABLE a ALTER COLUMN size TYPE bigint', '!column a.size'],
  ['ALTER TABLE a DISABLE TRIGGER kept', '!trigger a.kept'],
  ['DROP INDEX idx_a_label'],
  ['CREATE INDEX idx_a_label ON a (label DESC)', '!index a.idx_a_label'],
  [
    "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    '!function one()',
  ],
  ['ALTER SEQUENCE numbers INCREMENT 10', '!sequence numbers'],
  ['CREATE SEQUENCE others', 'sequence others'],
  ["CREATE TYPE colour AS ENUM ('red')", 'type colour'],
  ["CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2'", 'function two()'],
  [`GRANT EXECUTE ON FUNCTION two() TO ${role}`],
  ['CREATE VIEW seen AS SELECT id FROM a', 'view seen'],
  [`GRANT SELECT ON seen TO ${role}`],
]

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(`drift on ${kind.name} alone`, { skip: kind.skip }, () => {
    test('rights, owners and definitions are compared too, and the statements undo them', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const { migrator } = project
      const role = `drift_${randomBytes(6).toString('hex')}`
      await project.query(`CREATE ROLE ${role}`)
      const server = new URL(project.url)
      server.pathname = '/postgres'
      // the database is gone by then, and all that the role had in it
      t.after(() => execute(server.href, `DROP ROLE ${role}`))
      await migrator.migrate()
      for (const [statement] of byHand(role)) await project.query(statement)
      const found = await migrator.drift()
      assert.deepEqual(
        found.differences
          .map(({ key, danger }) => (danger === 'dangerous' ? `!${key}` : key))
          .sort(),
        byHand(role)
          .flatMap(([, ...keys]) => keys)
          .sort(),
      )
      await project.query(renderUndo(found))
      assert.deepEqual((await migrator.drift()).differences, [])
    })

    test('the leftover of an index build that was broken off is named, and stops no run', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.query("INSERT INTO a VALUES (1, 'same'), (2, 'same')")
      await assert.rejects(
        execute(project.url, 'CREATE UNIQUE INDEX CONCURRENTLY broken ON a (label)'),
      )
      for (const version of ['v2', 'v3']) {
        const { ok, differences, leftovers } = await migrator.drift()
        assert.deepEqual(
          [ok, differences, leftovers.map(({ key, sql }) => [key, sql?.length])],
          [true, [], [['index a.broken', 1]]],
        )
        await project.write(
          `${version}.sql`,
          `-- migrate:up\nCREATE TABLE ${version} (id integer);`,
        )
        await migrator.migrate()
      }
    })
  })
}
