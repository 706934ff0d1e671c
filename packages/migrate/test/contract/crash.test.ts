import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import { startNode } from '../../../../test/support/process.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, type Project, statuses, table } from './project.ts'

const CHILD = join(import.meta.dirname, 'crash-child.ts')

async function killAt(t: TestContext, kind: DatabaseKind, place: string): Promise<Project> {
  // v1 is there beforehand, so that there is something to back up
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.migrate()
  await project.query("INSERT INTO a (id, label) VALUES (1, 'kept')")
  await project.write('v2.sql', table('b', 'v1'))
  await project.write('v3.sql', table('c', 'v2'))
  const child = startNode([CHILD, JSON.stringify(project.config()), place])
  await child.printed('here')
  await child.kill('SIGKILL')
  return project
}

// one for each state that is left; a kill in the other phases of a backup is in restore-crash.test.ts
const places = [
  'lock.acquired',
  'backup.progress copy',
  'backup.finished',
  // commits: 1 opens the run, 2 is v2's, 3 is v3's
  'before commit 1',
  'after commit 1',
  'before commit 2',
  'after commit 2',
  'before commit 3',
  'after commit 3',
]

for (const kind of databases) {
  describe(`SIGKILL on ${kind.name}`, { skip: kind.skip }, () => {
    for (const place of places) {
      test(`at ${place}: the next run finishes the job by itself`, async (t) => {
        if (/backup|copy/.test(place) && !kind.hasBackupTools) return t.skip('no backup tools')
        const project = await killAt(t, kind, place)
        const between = await statuses(project)
        for (const status of Object.values(between)) assert.match(status, /^(applied|pending)$/)
        await project.migrator.migrate()
        assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'applied' })
        const live = await project.introspect()
        for (const name of ['a', 'b', 'c']) assert.ok(live.has(`table ${name}`))
        assert.deepEqual(await project.query('SELECT label FROM a'), [{ label: 'kept' }])
        await assertTracked(project)
        if (!kind.hasBackupTools) return
        const left = await readdir(join(project.folder, 'backups/daily'))
        assert.ok(
          left.every((name) => /^backup_\d{8}_\d{6}(_\d+)?\.(db|dump)(\.json)?$/.test(name)),
          `${left}`,
        )
      })
    }

    test('in a step without a transaction: the next run names the command that resolves it', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': `-- migrate:up transaction:false
CREATE TABLE b (id INTEGER PRIMARY KEY);
CREATE INDEX idx_b ON b (id);
-- migrate:down
DROP TABLE b;
`,
      })
      await project.migrator.snapshot()
      await project.migrator.migrate({ version: 'v1' })
      // queries: what begins a run comes first, so it is the step's own progress that marks the place
      const child = startNode([CHILD, JSON.stringify(project.config()), 'step.progress'])
      await child.printed('here')
      await child.kill('SIGKILL')
      assert.equal((await statuses(project)).v2, 'running')
      const { findings } = await project.migrator.validate({ categories: ['tracking'] })
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['JOURNAL_DIRTY'],
        'nobody changed anything by hand',
      )
      await assert.rejects(project.migrator.migrate(), (error: MigrateError) => {
        assert.equal(error.code, 'JOURNAL_DIRTY')
        assert.match(error.hint, /repair --version v2 .*rollback --version v2/)
        return true
      })
      assert.ok((await project.introspect()).has('table b'), 'its leftovers are there')
      await project.migrator.rollback({ version: 'v2' })
      assert.ok(!(await project.introspect()).has('table b'), 'and are removed')
      await project.migrator.migrate()
      assert.equal((await statuses(project)).v2, 'applied')
      await assertTracked(project)
    })
  })
}
