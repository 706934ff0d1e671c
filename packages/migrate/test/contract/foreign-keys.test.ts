import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { createProject, statuses } from './project.ts'

const parentAndChildren = `-- migrate:up
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one');
INSERT INTO child VALUES (1, 1), (2, 1);
`

/** The table rebuild that everyone writes for SQLite. */
const rebuild = `CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO parent_new SELECT * FROM parent;
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;
`

const count = "SELECT (SELECT count(*) FROM parent) || '/' || (SELECT count(*) FROM child) AS rows"

for (const kind of databases) {
  describe(`foreign keys on ${kind.name}`, { skip: kind.skip }, () => {
    test('a table rebuild cannot delete child rows silently', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': parentAndChildren,
        'v2.sql': `-- migrate:up\n${rebuild}`,
      })
      await assert.rejects(project.migrator.migrate(), (error: MigrateError) => {
        // PostgreSQL refuses by itself; SQLite would have deleted both children
        assert.equal(error.code, kind.dialect === 'sqlite' ? 'DROP_REFUSED' : 'STEP_FAILED')
        assert.match(error.message, /child/)
        return true
      })
      assert.deepEqual(await project.query(count), [{ rows: '1/2' }])
      assert.equal((await statuses(project)).v2, 'failed')
    })
  })
}

describe("foreignKeys: 'checked' on sqlite", () => {
  const [kind] = databases
  assert.ok(kind)

  const run = async (t: Parameters<typeof createProject>[0], directives: string, body: string) => {
    const project = await createProject(t, kind, {
      'v1.sql': parentAndChildren,
      'v2.sql': `-- migrate:foreign-keys checked\n${directives}-- migrate:up\n${body}`,
    })
    const result = await project.migrator.migrate().then(
      () => 'applied',
      (error: MigrateError) => error.code,
    )
    return { project, result, rows: (await project.query<{ rows: string }>(count))[0]?.rows }
  }

  test('a rebuild keeps every row', async (t) => {
    const { project, result, rows } = await run(t, '', rebuild)
    assert.deepEqual([result, rows], ['applied', '1/2'])
    await assert.rejects(project.query('INSERT INTO child VALUES (3, 99)'), {
      code: 'FOREIGN_KEY_VIOLATION',
    })
  })

  test('a rebuild that loses rows is rolled back', async (t) => {
    const body = rebuild.replace('FROM parent;', 'FROM parent WHERE id > 1;')
    const { result, rows } = await run(t, '', body)
    assert.deepEqual([result, rows], ['ROWS_LOST', '1/2'])
  })

  test('a shrinkage that is meant is declared', async (t) => {
    const { result, rows } = await run(
      t,
      '-- migrate:shrinks child\n',
      'DELETE FROM child WHERE id = 2;',
    )
    assert.deepEqual([result, rows], ['applied', '1/1'])
  })

  test('a new orphan is refused', async (t) => {
    const { result, rows } = await run(t, '', 'INSERT INTO child VALUES (3, 99);')
    assert.deepEqual([result, rows], ['FOREIGN_KEY_VIOLATION', '1/2'])
  })

  test('an old orphan is reported and does not stop the run', async (t) => {
    const project = await createProject(t, kind, {
      'v1.sql': `-- migrate:foreign-keys checked\n${parentAndChildren}`,
    })
    await project.migrator.migrate()
    await project.query('PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (3, 99)')
    await project.write('v2.sql', `-- migrate:foreign-keys checked\n-- migrate:up\n${rebuild}`)
    await project.migrator.migrate()
    const orphans = project.events.flatMap((event) =>
      event.type === 'finding' && event.finding.code === 'OLD_ORPHANS' ? [event.finding] : [],
    )
    assert.equal(orphans.length, 1)
    assert.match(orphans[0]?.message ?? '', /child/)
  })
})
