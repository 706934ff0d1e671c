import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { assertTracked, createProject, statuses, table } from './project.ts'

const HALFWAY = `-- migrate:up transaction:false
CREATE TABLE b (id INTEGER);
INSERT INTO nowhere VALUES (1);
`

for (const kind of databases) {
  describe(`repair on ${kind.name}`, { skip: kind.skip }, () => {
    test('a version that failed or died half-way says what it left and what can be done', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': HALFWAY })
      const migrator = await project.open({ backup: 'off' })
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      const unknown = await migrator.diagnose('v2')
      assert.equal(unknown.problem, 'failed')
      assert.match(unknown.unknown ?? '', /no generated snapshot/)
      assert.match(unknown.error ?? '', /nowhere/)
      assert.equal(unknown.entry?.actor.pid, process.pid)

      const complete = HALFWAY.replace(
        'INSERT INTO nowhere VALUES (1);',
        'CREATE INDEX b_id ON b (id);',
      )
      await project.write('v2.sql', complete)
      await migrator.snapshot()
      await project.query("UPDATE schema_migrations SET status = 'running' WHERE version = 'v2'")
      const found = await migrator.diagnose('v2')
      assert.equal(found.problem, 'running')
      assert.equal(found.entry, null, 'the log does not say so')
      assert.equal(found.holder, null)
      assert.deepEqual(found.left?.objects, ['column b.id', 'table b'])
      assert.deepEqual(
        found.waysOut.map(({ fix }) => fix),
        [
          '`rollback --version v2`',
          '`repair --version v2 --set applied --reason "…"`',
          '`repair --version v2 --set rolled_back --reason "…"`',
        ],
      )
      await project.query('CREATE INDEX b_id ON b (id) WHERE id > 1')
      const [way] = (await migrator.diagnose('v2')).waysOut
      assert.equal(way?.fix, '`rollback --version v2 --force`')
      await migrator.rollback({ version: 'v2', force: true })
      await migrator.migrate()
      assert.equal((await statuses(project)).v2, 'applied')
      await assertTracked(project)
    })

    test('a changed file is shown beside what was applied', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      assert.equal((await migrator.diagnose('v1')).problem, null)
      await project.write(
        'v1.sql',
        `\uFEFF${table('a').replace('(20)', '(30)').replaceAll('\n', '\r\n')}`,
      )
      const { problem, difference, waysOut } = await migrator.diagnose('v1')
      assert.equal(problem, 'changed')
      assert.match(difference ?? '', /^--- v1\.sql\tapplied .*\n\+\+\+ v1\.sql\tnow\n@@ /)
      const changed = difference?.split('\n').filter((line) => /^[-+][^-+]/.test(line))
      assert.deepEqual(changed, [
        '-CREATE TABLE a (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);',
        '+CREATE TABLE a (id INTEGER PRIMARY KEY, label VARCHAR(30) NOT NULL);',
      ])
      assert.match(waysOut.at(-1)?.fix ?? '', /--accept-checksum/)

      await project.query("DELETE FROM schema_migration_archive WHERE kind = 'source'")
      assert.equal((await migrator.diagnose('v1')).difference, null)
    })

    test('a version without a file, and one that is newer, are told apart', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.remove('v2.sql')
      const newer = await migrator.diagnose('v2')
      assert.deepEqual([newer.problem, newer.waysOut.length], ['newer', 2])
      assert.match(newer.waysOut[0]?.means ?? '', /Deploy/)
      await project.write('v3.sql', table('c'))
      const missing = await migrator.diagnose('v2')
      assert.equal(missing.problem, 'missing')
      assert.match(missing.waysOut.at(-1)?.fix ?? '', /--forget/)
      await assert.rejects(migrator.diagnose('v9'), { code: 'NOTHING_TO_REPAIR' })
      await project.query("UPDATE schema_migrations SET status = 'DONE' WHERE version = 'v1'")
      const odd = await migrator.diagnose('v1')
      assert.equal(odd.problem, 'unknown status')
      const action = { kind: 'set', status: 'applied' } as const
      await migrator.repair({ version: 'v1', action, reason: 'typed wrongly' })
      assert.equal((await migrator.diagnose('v1')).problem, null)
      const [entry] = (await migrator.log()).filter(({ event }) => event === 'repaired')
      assert.equal(entry?.reason, 'typed wrongly')
    })
  })
}
