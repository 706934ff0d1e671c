import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked } from './project.ts'
import {
  COLUMNS,
  countOf,
  DONE,
  insert,
  migrated,
  NAME,
  needs,
  plainRows,
  working,
} from './work-support.ts'

for (const kind of databases) {
  describe(`a project's own work on ${kind.name}`, { skip: kind.skip }, () => {
    test('work is backed up, done under the lock, and told in the log', async (t) => {
      if (!kind.hasBackupTools) return t.skip('no backup tools for this version')
      const project = await migrated(t, kind)
      const result = await project.migrator.work({ name: NAME, needs }, async (work) => {
        assert.equal(work.dialect, kind.dialect)
        assert.ok(work.backup?.startsWith(work.backupFolder))
        await assert.rejects(project.migrator.unlock(), { code: 'LOCK_HELD' })
        await insert(work, plainRows(10_000))
        work.progress({ phase: 'rows', done: 1, total: null, unit: 'rows', note: null })
        await work.note({ rows: 1, files: 2 })
        await work.note({ rows: 10_000 })
        return { ...DONE, rows: await countOf(work) }
      })
      assert.equal(result.rows, 10_000)
      const entries = (await project.migrator.log()).slice(0, 3).reverse()
      const run = entries[0]?.run
      assert.deepEqual(
        entries.map(({ event, detail, run }) => ({ event, detail: JSON.parse(detail ?? ''), run })),
        [
          { event: 'backup_taken', detail: JSON.parse(entries[0]?.detail ?? ''), run },
          { event: 'work_started', detail: { name: NAME }, run },
          { event: 'work_done', detail: { name: NAME, rows: 10_000, files: 2 }, run },
        ],
      )
      await assertTracked(project)
      const { verb } = project.events.find(({ type }) => type === 'run.started') as { verb: string }
      assert.equal(verb, NAME)
      assert.ok(project.events.some(({ type }) => type === 'work.progress'))
    })

    test('two transactions at once, and a note that cannot be written, are refused clearly', async (t) => {
      const project = await migrated(t, kind)
      await working(project, async (work) => {
        const both = await Promise.allSettled([
          insert(work, plainRows(1)),
          insert(work, plainRows(1, 2)),
        ])
        assert.deepEqual(
          both.map(({ status }) => status),
          ['fulfilled', 'rejected'],
        )
        const [, second] = both as [unknown, PromiseRejectedResult]
        assert.match(second.reason.message, /open already/)
        await insert(work, plainRows(1, 2))
        await assert.rejects(work.note({ rows: 1n }), { code: 'STATEMENT_FAILED', message: /JSON/ })
        await assert.rejects(work.note({ name: 'x' }), { code: 'STATEMENT_FAILED' })
        await work.note({ rows: 2 })
      })
      const [last] = await project.migrator.log({ limit: 1 })
      assert.equal(last?.detail, JSON.stringify({ name: NAME, rows: 2 }))
    })

    test('a duplicate has a code, undoes its transaction, and the connection goes on', async (t) => {
      const project = await migrated(t, kind)
      await working(project, async (work) => {
        await insert(work, plainRows(3))
        const twice = work.transaction(async () => {
          await work.insert('things', COLUMNS, plainRows(3000, 10))
          await work.insert('things', COLUMNS, [
            ...plainRows(3000, 5000),
            [9000, 'label 2', null, 1, 1],
          ])
        })
        await assert.rejects(twice, ({ code, message, cause }: MigrateError) => {
          assert.equal(code, 'DUPLICATE_ROW')
          assert.match(message, /label/)
          const { detail, where } = cause as { detail?: string; where?: string }
          assert.doesNotMatch(`${message} ${detail} ${where}`, /label 2/)
          return true
        })
        assert.equal(await countOf(work), 3)
        const one = work.transaction(() => work.query('INSERT INTO things (id) VALUES (1)'))
        await assert.rejects(one, { code: 'DUPLICATE_ROW' })
        await insert(work, plainRows(3, 4))
        assert.equal(await countOf(work), 6)
      })
    })

    test('what was caught, or nobody waited for, still ends its transaction', async (t) => {
      const project = await migrated(t, kind)
      await working(project, async (work) => {
        await insert(work, plainRows(1))
        const caught = work.transaction(async () => {
          await work.insert('things', COLUMNS, plainRows(1)).catch(() => {})
        })
        await assert.rejects(caught, { code: 'DUPLICATE_ROW' })
        // the second waits for the first, and must not run after the ROLLBACK
        const both = work.transaction(() =>
          Promise.all([
            work.insert('things', COLUMNS, plainRows(1)),
            work.insert('things', COLUMNS, plainRows(500, 2)),
            work.query('SELECT 1'),
          ]),
        )
        await assert.rejects(both, { code: 'DUPLICATE_ROW' })
        assert.equal(await countOf(work), 1)
        await assert.rejects(
          work.insert('things', COLUMNS, plainRows(1, 2)),
          /within a transaction/,
        )
        await assert.rejects(
          work.transaction(() => work.transaction(async () => {})),
          /open already/,
        )
      })
    })

    test('work that fails is told with its code, and what it committed before stays', async (t) => {
      const project = await migrated(t, kind)
      const failing = working(project, async (work) => {
        await insert(work, plainRows(2))
        await work.transaction(async () => {
          await work.insert('things', COLUMNS, plainRows(2, 3))
          throw new Error('S3cret')
        })
      })
      await assert.rejects(failing, {
        code: 'WORK_FAILED',
        message: `${NAME} failed: S3cret`,
        hint: /whoever made/,
      })
      const [last] = await project.migrator.log({ limit: 1 })
      assert.deepEqual(
        [last?.event, last?.detail],
        ['work_failed', JSON.stringify({ name: NAME, code: 'WORK_FAILED' })],
      )
      await assertTracked(project)
      await working(project, async (work) => assert.equal(await countOf(work), 2))
    })

    test('an interruption undoes what is open', async (t) => {
      const project = await migrated(t, kind)
      const abort = new AbortController()
      const migrator = await project.open({}, undefined, abort.signal)
      const interrupted = migrator.work({ name: NAME, needs, backup: false }, async (work) => {
        await work.transaction(async () => {
          await work.insert('things', COLUMNS, plainRows(2))
          abort.abort()
        })
        return DONE
      })
      await assert.rejects(interrupted, { code: 'INTERRUPTED' })
      const [last] = await project.migrator.log({ limit: 1 })
      assert.match(last?.detail ?? '', /INTERRUPTED/)
      await working(project, async (work) => assert.equal(await countOf(work), 0))
    })

    test('a look writes nothing, and work begins only where what it needs is applied', async (t) => {
      const project = await migrated(t, kind)
      const entries = (await project.migrator.log()).length
      const seen = await project.migrator.look({ name: NAME, needs }, async (look) => {
        await assert.rejects(look.query('INSERT INTO things (id) VALUES (1)'), {
          code: 'READ_ONLY',
          message: /only looks/,
          hint: /^A look writes nothing/,
        })
        return countOf(look)
      })
      assert.equal(seen, 0)
      const thrown = project.migrator.look({ name: NAME, needs }, async () => {
        throw 'x'
      })
      await assert.rejects(thrown, { code: 'WORK_FAILED', message: `${NAME} failed: x` })
      const options = { name: NAME, needs: ['v1', 'v2'], backup: false }
      const never = async (): Promise<typeof DONE> => assert.fail('it ran')
      const refused = {
        code: 'NOT_APPLIED',
        message: /v2, which is not applied/,
        hint: /`migrate`/,
      }
      await assert.rejects(project.migrator.look(options, never), refused)
      await assert.rejects(project.migrator.work(options, never), refused)
      assert.equal((await project.migrator.log()).length, entries)
    })

    test("the project's own tables are no finding", async (t) => {
      const project = await migrated(t, kind)
      await working(project, async (work) => {
        for (const name of ['own', 'stray']) {
          await work.query(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, note TEXT UNIQUE)`)
          await work.query(`CREATE INDEX idx_${name} ON ${name} (note, id)`)
        }
      })
      await project.migrator.snapshot()
      const migrator = await project.open({ ownTables: ['own'] })
      const { findings } = await migrator.validate({ categories: ['schema'] })
      assert.deepEqual(
        findings.map(({ code, at }) => [code, at?.object]),
        [['UNEXPLAINED_OBJECT', 'table stray']],
      )
    })
  })
}
