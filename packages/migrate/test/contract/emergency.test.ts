import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { plainClient } from '../../../../test/support/clients.ts'
import { databases } from '../../../../test/support/databases.ts'
import { resolveConfig } from '../../src/config/define.ts'
import { openDialect } from '../../src/migrator.ts'
import { createProject, type Project, statuses, table } from './project.ts'

const script = (project: Project, dialect: string, name: string): string =>
  join(project.folder, 'rollback', `emergency_${name}_rollback.${dialect}.sql`)

for (const kind of databases) {
  const client = plainClient(kind)
  const { dialect } = kind
  describe(`emergency scripts on ${kind.name}`, { skip: kind.skip || client.skip }, () => {
    test('write values out so that the very same arrive', async (t) => {
      const values = [
        "it's; -- no comment /* nor this",
        'C:\\new\\table $1 ?1 :name',
        'line\nline\t„Größe“ 🦊',
        '\\echo no command',
        '',
      ]
      const project = await createProject(t, kind, {
        'v1.sql': '-- migrate:up\nCREATE TABLE a (id BIGINT, label TEXT, done BOOLEAN);',
        'v2.mjs': `export const up = async () => {}
          export async function down(db) {
            const values = ${JSON.stringify(values)}
            for (const [id, label] of values.entries()) {
              await db.insertInto('a').values({ id: -id, label, done: id === 0 }).execute()
            }
            await db.insertInto('a').values({ id: 2n ** 62n, label: null, done: null }).execute()
          }`,
      })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await migrator.emergency()
      const { code, output } = await client.run(project.url, script(project, dialect, 'v2'))
      assert.equal(code, 0, output)
      const read = () => project.query('SELECT id, label, done FROM a ORDER BY id DESC')
      const byScript = await read()
      assert.deepEqual(
        byScript.slice(1).map(({ label }) => label),
        values,
      )
      // as the engine itself does it
      await project.query('DELETE FROM a')
      await migrator.migrate()
      await migrator.rollback({ version: 'v2' })
      assert.deepEqual(byScript, await read())
    })

    test('see what came to depend on a version after its script was made', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const migrator = await project.open({ backup: 'off' })
      await migrator.emergency()
      await project.write('v2.sql', table('b', 'v1'))
      await migrator.migrate()
      const { code, output } = await client.run(project.url, script(project, dialect, 'v1'))
      assert.notEqual(code, 0)
      assert.match(output, /roll (those|these) back first/)
      assert.match(output, /v2/)
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied' })
    })

    test('are written for what the downs do now, and checked', async (t) => {
      const project = await createProject(t, kind, {
        'v1_a.sql': table('a'),
        'v2_b.sql': table('b'),
      })
      const { migrator, folder } = project
      const stale = { code: 'EMERGENCY_STALE' }
      await assert.rejects(migrator.emergency({ check: true }), stale)
      assert.equal((await migrator.emergency()).outcome, 'done')
      assert.equal((await migrator.emergency({ check: true })).outcome, 'nothing')
      const names = ['v1', 'v2'].map((name) => `emergency_${name}_rollback.${dialect}.sql`)
      assert.deepEqual((await readdir(join(folder, 'rollback'))).sort(), names)

      await project.write('v2_b.sql', table('b').replace('DROP TABLE b', 'DROP TABLE b; SELECT 1'))
      await assert.rejects(migrator.emergency({ check: true }), { ...stale, message: /_v2_/ })
      await migrator.emergency()
      assert.match(
        await readFile(script(project, dialect, 'v2'), 'utf8'),
        /DROP TABLE b;\nSELECT 1;/,
      )

      // a version that can have none any more; what somebody wrote for another such one stays
      await project.write('v2_b.sql', '-- migrate:up\nSELECT 1;')
      const own = script(project, dialect, 'v3')
      await writeFile(own, 'DROP TABLE c;')
      await assert.rejects(migrator.emergency({ check: true }), { ...stale, message: /_v2_/ })
      const { without } = await migrator.emergency()
      assert.deepEqual(
        without.map(({ version }) => version),
        ['v2_b'],
      )
      assert.deepEqual((await readdir(join(folder, 'rollback'))).sort(), [
        names[0],
        `emergency_v3_rollback.${dialect}.sql`,
      ])
    })
  })
}

const [sqlite, ...servers] = databases
assert.ok(sqlite)
const shell = plainClient(sqlite)

describe('emergency scripts of table rebuilds on sqlite', {
  skip: sqlite.skip || shell.skip,
}, () => {
  const parentAndChildren = `-- migrate:up
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one');
INSERT INTO child VALUES (1, 1), (2, 1);
`
  const rebuild = (rows: string) => `-- migrate:foreign-keys checked
-- migrate:up
ALTER TABLE parent ADD COLUMN note TEXT;
-- migrate:down
CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO parent_new SELECT id, name FROM parent ${rows};
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;
`
  for (const [what, rows, kept] of [
    ['keep the rows that refer to the table', '', true],
    ['refuse to leave rows behind that refer to nothing', 'WHERE id <> 1', false],
  ] as const) {
    test(what, async (t) => {
      const project = await createProject(t, sqlite, {
        'v1.sql': parentAndChildren,
        'v2.sql': rebuild(rows),
      })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      // one that referred to nothing before is no reason to refuse
      await shell.run(project.url, await orphan(project))
      await migrator.emergency()
      const { code, output } = await shell.run(project.url, script(project, 'sqlite', 'v2'))
      assert.equal(code === 0, kept, output)
      if (!kept) assert.match(output, /Rows of child that refer to parent: 2\n.*would lose/s)
      const count = 'SELECT count(*) AS n FROM child'
      assert.deepEqual(await project.query(count), [{ n: 3 }])
      const columns = await project.query("SELECT name FROM pragma_table_info('parent')")
      assert.equal(columns.length, kept ? 2 : 3)
      assert.equal((await statuses(project)).v2, kept ? 'rolled_back' : 'applied')
    })
  }
})

async function orphan({ folder }: Project): Promise<string> {
  const file = join(folder, 'orphan.sql')
  await writeFile(file, 'PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (3, 9);')
  return file
}

for (const kind of servers) {
  const client = plainClient(kind)
  const skip = kind.skip || client.skip
  test(`an emergency script stands back while a run holds the lock, on ${kind.name}`, {
    skip,
  }, async (t) => {
    const project = await createProject(t, kind, { 'v1.sql': table('a') })
    const migrator = await project.open({ backup: 'off' })
    await migrator.migrate()
    await migrator.emergency()
    const dialect = await openDialect(resolveConfig(project.config(), project.folder, {}))
    const lock = await dialect.acquireLock({
      runId: 'test',
      purpose: 'test',
      waitMs: 0,
      onWaiting: () => {},
    })
    const held = await client.run(project.url, script(project, 'postgres', 'v1'))
    await lock.release()
    assert.notEqual(held.code, 0)
    assert.match(held.output, /a migration is running/)
    assert.equal((await client.run(project.url, script(project, 'postgres', 'v1'))).code, 0)
  })
}
