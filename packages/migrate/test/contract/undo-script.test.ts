import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainClient } from '../../../../test/support/clients.ts'
import { databases } from '../../../../test/support/databases.ts'
import { createProject } from './project.ts'
import { runUndo, uncommented } from './undo-script.ts'

const SCHEMA = `-- migrate:up
CREATE TABLE parents (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id), note VARCHAR(20),
  size INTEGER CHECK (size > 0));
CREATE INDEX idx_children ON children (parent_id);
INSERT INTO parents VALUES (1, 'one');
INSERT INTO children VALUES (1, 1, 'kept', 5);
`

/** A table without its check, as each database can lose it. */
const WITHOUT_CHECK = {
  sqlite: `PRAGMA legacy_alter_table = ON; ALTER TABLE children RENAME TO old; DROP INDEX idx_children;
    CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id), note VARCHAR(20), size INTEGER);
    INSERT INTO children SELECT * FROM old; DROP TABLE old`,
  postgres: 'ALTER TABLE children DROP CONSTRAINT children_size_check; DROP INDEX idx_children',
}

for (const kind of databases) {
  const skip = kind.skip || plainClient(kind).skip
  describe(`a script that undoes drift on ${kind.name}`, { skip }, () => {
    test('gives what was renamed its name back, with its rows', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      await project.migrator.migrate()
      await project.query('ALTER TABLE parents RENAME TO people')
      await project.query('CREATE INDEX by_label ON people (label)')
      await project.query('ALTER TABLE children RENAME COLUMN note TO remark')
      await project.query('ALTER TABLE children RENAME COLUMN parent_id TO person_id')
      assert.doesNotMatch(await runUndo(project, kind), /error/i)
      assert.deepEqual((await project.migrator.drift()).differences, [])
      assert.deepEqual(
        await project.query(
          'SELECT note, label FROM children c JOIN parents p ON p.id = parent_id',
        ),
        [{ note: 'kept', label: 'one' }],
      )
    })

    test('leaves what holds rows to the user, who can drop tables that refer to each other', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const { migrator } = project
      await migrator.migrate()
      await project.query('CREATE TABLE a (id INTEGER PRIMARY KEY)')
      await project.query('CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id))')
      await project.query('ALTER TABLE a ADD COLUMN b_id INTEGER REFERENCES b (id)')
      await project.query(
        'CREATE TABLE c (id INTEGER, b_id INTEGER REFERENCES b (id) ON DELETE CASCADE)',
      )
      await project.query('ALTER TABLE parents ADD COLUMN a_id INTEGER')
      await project.query('DROP INDEX idx_children')
      assert.doesNotMatch(await runUndo(project, kind), /error/i)
      const left = await migrator.drift()
      assert.deepEqual(left.differences.map(({ key }) => key).sort(), [
        'column parents.a_id',
        'table a',
        'table b',
        'table c',
      ])
      assert.doesNotMatch(await runUndo(project, kind, uncommented), /error/i)
      assert.deepEqual((await migrator.drift()).differences, [])
    })

    test('loses nothing where it fails in the middle', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const { migrator } = project
      await migrator.migrate()
      await project.query(WITHOUT_CHECK[kind.dialect])
      await project.query("INSERT INTO children VALUES (2, 1, 'too small', -1)")
      const before = await migrator.drift()
      assert.match(await runUndo(project, kind), /check constraint/i)
      assert.deepEqual(await project.query('SELECT id FROM children ORDER BY id'), [
        { id: 1 },
        { id: 2 },
      ])
      const now = await migrator.drift()
      assert.deepEqual(
        now.differences.map(({ key }) => key),
        // each part of the script stands for itself on SQLite, and the index could be made
        before.differences
          .map(({ key }) => key)
          .filter((key) => kind.dialect === 'postgres' || !key.startsWith('index ')),
      )
      await project.query('UPDATE children SET size = 1 WHERE id = 2')
      assert.doesNotMatch(await runUndo(project, kind), /error/i)
      const { differences, leftovers } = await migrator.drift()
      assert.deepEqual(differences, [])
      assert.deepEqual(
        leftovers.map(({ key }) => key),
        kind.dialect === 'sqlite' ? ['table _before_children'] : [],
      )
      assert.deepEqual(await project.query('SELECT id FROM children ORDER BY id'), [
        { id: 1 },
        { id: 2 },
      ])
    })
  })
}
