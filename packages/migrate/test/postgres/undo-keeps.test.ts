import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainClient } from '../../../../test/support/clients.ts'
import { createProject } from '../contract/project.ts'
import { runUndo, uncommented } from '../contract/undo-script.ts'
import { postgresKinds } from './setup.ts'

const SCHEMA = `-- migrate:up
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE events (at date NOT NULL CHECK (at > '2000-01-01'), parent_id integer REFERENCES parents (id), PRIMARY KEY (at))
  PARTITION BY RANGE (at);
CREATE INDEX by_parent ON events (parent_id);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE notes (id integer, body text);
CREATE TABLE long_notes (extra text) INHERITS (notes);
CREATE TABLE moved (id serial PRIMARY KEY, label varchar(20));
CREATE TABLE sized (id integer PRIMARY KEY, label varchar(5), amount integer);
INSERT INTO events (at) VALUES ('2026-05-05');
INSERT INTO long_notes VALUES (1, 'body', 'extra');
INSERT INTO moved (label) VALUES ('here');
INSERT INTO sized VALUES (1, 'abc', 1);
`

for (const kind of postgresKinds) {
  const skip = kind.skip || plainClient(kind).skip
  describe(`what undoes drift on ${kind.name} keeps rows`, { skip }, () => {
    test('of partitions and children that were taken out, and of tables in another schema', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const { migrator } = project
      await migrator.migrate()
      await project.query('ALTER TABLE events DETACH PARTITION events_2026')
      await project.query('ALTER TABLE long_notes NO INHERIT notes')
      await project.query('CREATE SCHEMA elsewhere')
      await project.query('ALTER TABLE moved SET SCHEMA elsewhere')
      assert.doesNotMatch(await runUndo(project, kind), /error/i)
      const { differences } = await migrator.drift()
      assert.deepEqual(
        differences.map(({ key, sql }) => [key, sql]),
        // PostgreSQL goes on to call them the child's own, too
        [
          ['column long_notes.body', null],
          ['column long_notes.id', null],
        ],
      )
      assert.deepEqual(
        await project.query(
          `SELECT (SELECT count(*)::int FROM events) AS events, (SELECT body FROM notes) AS body,
             (SELECT label FROM moved) AS label`,
        ),
        [{ events: 1, body: 'body', label: 'here' }],
      )
    })

    test('values that would be cut or rounded are refused, and then nothing is done', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      await project.migrator.migrate()
      await project.query('DROP INDEX by_parent')
      for (const [change, row] of [
        ['ALTER TABLE sized ALTER label TYPE text', { label: 'abcdefgh', amount: 1 }],
        [
          'ALTER TABLE sized ALTER label TYPE varchar(5), ALTER amount TYPE numeric',
          { label: 'abc', amount: '1.5' },
        ],
      ] as const) {
        await project.query("UPDATE sized SET label = 'abc'")
        await project.query(change)
        await project.query('UPDATE sized SET label = $1, amount = $2', [row.label, row.amount])
        assert.match(await runUndo(project, kind), /ERROR: +Values of sized\..* would be lost/)
        assert.deepEqual(await project.query('SELECT label, amount FROM sized'), [row])
      }
      await project.query('UPDATE sized SET amount = 2')
      await project.query("CREATE TYPE colour AS ENUM ('red')")
      await project.query("CREATE TABLE painted (of colour DEFAULT 'red')")
      await project.query(
        "ALTER TYPE mood RENAME TO moods; CREATE TYPE mood AS ENUM ('ok'); DROP TYPE moods",
      )
      assert.doesNotMatch(await runUndo(project, kind), /error/i)
      const left = (await project.migrator.drift()).differences.map(({ key }) => key)
      assert.deepEqual(left.sort(), ['table painted', 'type colour'])
      assert.doesNotMatch(await runUndo(project, kind, uncommented), /error/i)
      assert.deepEqual((await project.migrator.drift()).differences, [])
    })
  })
}
