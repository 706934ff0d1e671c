import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { startNode } from '../../../../test/support/process.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, statuses, table } from './project.ts'

const CHILD = join(import.meta.dirname, 'race-child.ts')
/** Eight where the race is the point, fewer where one of them has to take over. */
const RUNNERS = 8
const HEIRS = 3

const files = {
  'v1.sql': table('a'),
  'v2.sql': table('b', 'v1'),
  'v3.sql': table('c', 'v2'),
}

/** Takes a while, so that there is somebody to kill. */
const slow = `export const up = async (db) => {
  await db.schema.createTable('slow').addColumn('id', 'integer').execute()
  await new Promise((resolve) => setTimeout(resolve, 1500))
}`

for (const kind of databases) {
  describe(`runners together on ${kind.name}`, { skip: kind.skip }, () => {
    test('each migration is applied exactly once, and all succeed', async (t) => {
      const project = await createProject(t, kind, files)
      const config = JSON.stringify(project.config())
      const startAt = String(Date.now() + 1500)
      const children = Array.from({ length: RUNNERS }, () => startNode([CHILD, config, startAt]))
      const results = await Promise.all(children.map((child) => child.done))
      for (const { code, stderr } of results) assert.equal(code, 0, stderr)
      const applied = results.flatMap(({ stdout }) => JSON.parse(stdout.split('\n').at(-2) ?? '[]'))
      assert.deepEqual(applied.sort(), ['v1', 'v2', 'v3'])
      const log = await project.migrator.log()
      assert.equal(log.filter(({ event }) => event === 'applied').length, 3)
      await assertTracked(project)
    })

    test('when the one that holds the lock is killed, another takes over', async (t) => {
      const project = await createProject(t, kind, { ...files, 'v2.mjs': slow })
      await project.remove('v2.sql')
      const config = JSON.stringify(project.config())
      const first = startNode([CHILD, config, '0'])
      await first.printed('started v2')
      const others = Array.from({ length: HEIRS }, () => startNode([CHILD, config, '0']))
      await first.kill('SIGKILL')
      const results = await Promise.all(others.map((child) => child.done))
      for (const { code, stderr } of results) assert.equal(code, 0, stderr)
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'applied' })
      const log = await project.migrator.log()
      assert.equal(log.filter(({ event }) => event === 'applied').length, 3)
      await assertTracked(project)
    })
  })
}

for (const kind of databases) {
  test(`a second runner that may not wait is told who holds the lock, on ${kind.name}`, async (t) => {
    if (kind.skip) return t.skip(kind.skip)
    const project = await createProject(t, kind, { ...files, 'v2.mjs': slow })
    await project.remove('v2.sql')
    const first = startNode([CHILD, JSON.stringify(project.config()), '0'])
    await first.printed('started v2')
    await assert.rejects(project.migrator.migrate({ waitMs: 50 }), (error: MigrateError) => {
      assert.equal(error.code, 'LOCK_TIMEOUT')
      assert.match(error.message, new RegExp(`${first.child.pid}`))
      assert.match(error.message, /migrate/)
      return true
    })
    await assert.rejects(project.migrator.unlock(), { code: 'LOCK_HELD' })
    await first.done
    assert.equal((await project.migrator.unlock()).outcome, 'nothing')
  })
}
