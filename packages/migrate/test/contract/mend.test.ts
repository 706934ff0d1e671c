import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases, execute } from '../../../../test/support/databases.ts'
import { startNode } from '../../../../test/support/process.ts'
import type { MigrateConfig } from '../../src/config/define.ts'
import { EXPECTED, SHAPES, TRIGGER } from './mend-shapes.ts'
import { breakKeys, FAMILY, FAMILY_ROWS, ids, RULES, rowsOf } from './mend-support.ts'
import { assertTracked, createProject, type Project } from './project.ts'

const CHILD = join(import.meta.dirname, 'crash-child.ts')

async function familyOf(t: TestContext, kind: DatabaseKind): Promise<Project> {
  const project = await createProject(t, kind, { 'v1.sql': FAMILY })
  await project.migrator.snapshot()
  await project.migrator.migrate({ backup: false })
  await breakKeys(project, FAMILY_ROWS)
  return project
}

const ROWS = { categories: ['constraints', 'data'] } as const
const without = { backup: false } as const

for (const kind of databases) {
  describe(`mending on ${kind.name}`, { skip: kind.skip }, () => {
    test('orphans go to quarantine with all that belongs to them, and no foreign key acts', async (t) => {
      const project = await familyOf(t, kind)
      const before = await rowsOf(project)
      const planned = await project.migrator.mend({ ...ROWS, dryRun: true })
      assert.equal(planned.outcome, 'planned')
      assert.deepEqual(
        planned.mended.map(({ object }) => object),
        ['site'],
      )
      assert.deepEqual(await rowsOf(project), before, 'a dry run writes nothing')

      const result = await project.migrator.mend(ROWS)
      assert.deepEqual([result.outcome, result.failures], ['done', []])
      assert.ok(result.validation.ok, JSON.stringify(result.validation.findings))
      assert.equal(result.backup !== null, kind.hasBackupTools)
      assert.deepEqual(result.mended[0]?.rows, 7)
      // 2 names no owner; pump 20 and its parts, its own child 21, and what has no key belong to it
      assert.deepEqual(await ids(project, 'site', 'id'), [1])
      assert.deepEqual(await ids(project, 'pump', 'id'), [10])
      assert.deepEqual(await ids(project, 'quarantine_pump', 'id'), [20, 21, 22])
      assert.deepEqual(await ids(project, 'quarantine_part', 'no'), [1, 2])
      assert.deepEqual(await ids(project, 'quarantine_note', 'text'), ['lost'])
      assert.deepEqual(await rowsOf(project), before, 'every row is there, as it was')
      const reasons = await project.query(
        'SELECT quarantine_reason AS reason, quarantine_run AS run FROM quarantine_pump WHERE id = 20',
      )
      const [entry] = await project.migrator.log({ limit: 1 })
      assert.deepEqual(reasons, [
        { reason: 'site_id names a row in quarantine_site', run: entry?.run },
      ])
      assert.equal(entry?.event, 'mended')
      await assertTracked(project)
      const { findings } = await project.migrator.validate()
      const noted = findings.filter(({ code }) => code === 'IN_QUARANTINE')
      assert.equal(noted.length, 4)
      assert.ok(noted.every(({ severity, category }) => severity === 'info' && category === 'data'))
    })

    test('what was in quarantine comes back with its parents, and the rest stays and is told', async (t) => {
      const project = await familyOf(t, kind)
      const before = await rowsOf(project)
      await project.migrator.mend({ ...ROWS, ...without })
      const early = await project.migrator.restoreQuarantined(without)
      assert.deepEqual([early.outcome, early.restored, early.backup], ['nothing', [], null])
      assert.deepEqual(
        early.findings.map(({ code, at, count }) => [code, at?.object, count]),
        [
          ['IN_QUARANTINE', 'quarantine_note', 1],
          ['IN_QUARANTINE', 'quarantine_part', 2],
          ['IN_QUARANTINE', 'quarantine_pump', 3],
          ['IN_QUARANTINE', 'quarantine_site', 1],
        ],
      )
      assert.match(early.findings[3]?.message ?? '', /owner_id names no row of owner/)
      await project.query("INSERT INTO owner (id, name) VALUES (9, 'back')")
      // its place was taken meanwhile
      await project.query('INSERT INTO part (pump_id, no, label) VALUES (10, 3, NULL)')
      await project.query('UPDATE quarantine_part SET pump_id = 10, no = 3 WHERE no = 1')
      const planned = await project.migrator.restoreQuarantined({ dryRun: true })
      assert.equal(planned.outcome, 'planned')
      const result = await project.migrator.restoreQuarantined(without)
      assert.deepEqual(result.restored, planned.restored)
      assert.deepEqual(result.restored, [
        { table: 'note', rows: 1 },
        { table: 'part', rows: 1 },
        { table: 'pump', rows: 3 },
        { table: 'site', rows: 1 },
      ])
      assert.match(result.findings[0]?.message ?? '', /another row has the same pump_id, no/)
      assert.deepEqual(await ids(project, 'quarantine_part', 'no'), [3])
      assert.ok(!(await project.introspect()).has('table quarantine_pump'), 'empty, so it is gone')
      await project.query('DELETE FROM part WHERE no = 3')
      await project.query('UPDATE quarantine_part SET pump_id = 20, no = 1')
      await project.migrator.restoreQuarantined({ ...without, table: 'part' })
      const { owner, ...others } = await rowsOf(project)
      assert.equal(owner?.length, 2)
      assert.deepEqual({ ...others, owner: before.owner }, before)
      const [entry] = await project.migrator.log({ limit: 1 })
      assert.equal(entry?.event, 'quarantine_restored')
      assert.ok((await project.migrator.validate(ROWS)).ok)
      await assert.rejects(project.migrator.restoreQuarantined({ table: 'site' }), {
        code: 'NOTHING_TO_REPAIR',
      })
    })

    test('rows of every shape go and come back as they are, in circles, and by relations that are only expected', async (t) => {
      const shapes = SHAPES[kind.dialect]
      const project = await createProject(t, kind, { 'v1.sql': shapes.tables })
      await project.migrator.migrate(without)
      await breakKeys(project, shapes.rows)
      const migrator = await project.open({ expectations: EXPECTED })
      const read = () => Promise.all(shapes.reads.map((sql) => project.query(sql)))
      const before = await read()
      const { mended, failures } = await migrator.mend({ categories: ['data'], ...without })
      assert.deepEqual([failures, mended.reduce((sum, { rows }) => sum + (rows ?? 0), 0)], [[], 5])
      await project.query("INSERT INTO root VALUES ('gone')")
      const { restored, findings } = await migrator.restoreQuarantined(without)
      assert.deepEqual(findings, [])
      assert.equal(
        restored.reduce((sum, { rows }) => sum + rows, 0),
        5,
      )
      assert.deepEqual(await read(), before)
    })

    test('a trigger that removes other rows with them undoes it all', async (t) => {
      const project = await familyOf(t, kind)
      await project.query('CREATE TABLE stock (id INTEGER PRIMARY KEY)')
      await project.query('INSERT INTO stock VALUES (1)')
      for (const statement of TRIGGER[kind.dialect]) await project.query(statement)
      const before = await rowsOf(project)
      const { mended, failures } = await project.migrator.mend({ categories: ['data'], ...without })
      assert.deepEqual([mended, failures.map(({ code }) => code)], [[], ['ROWS_LOST']])
      assert.deepEqual(await rowsOf(project), before)
      assert.equal((await project.query('SELECT * FROM stock')).length, 1)
    })

    test('a table that has changed since gives its quarantine the new column, and never a wrong value', async (t) => {
      const project = await familyOf(t, kind)
      await project.migrator.mend({ ...ROWS, ...without })
      await project.query('ALTER TABLE site ADD COLUMN town TEXT')
      await breakKeys(project, ["INSERT INTO site (id, owner_id, town) VALUES (3, 8, 'Here')"])
      await project.migrator.mend({ ...ROWS, ...without })
      assert.deepEqual(await project.query('SELECT id, town FROM quarantine_site ORDER BY id'), [
        { id: 2, town: null },
        { id: 3, town: 'Here' },
      ])
      await project.query('ALTER TABLE site DROP COLUMN town')
      await project.query("INSERT INTO owner (id, name) VALUES (8, 'a'), (9, 'b')")
      const { restored, findings } = await project.migrator.restoreQuarantined(without)
      assert.equal(restored.find(({ table }) => table === 'site')?.rows, 1)
      assert.match(findings[0]?.message ?? '', /no column town/)
    })

    test('missing indexes are built and invalid ones built anew, and what cannot be is told', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': `-- migrate:up
CREATE TABLE a (id INTEGER PRIMARY KEY, label VARCHAR(20), code VARCHAR(20));
CREATE INDEX idx_label ON a (label);
CREATE UNIQUE INDEX idx_code ON a (code);
`,
      })
      await project.migrator.snapshot()
      await project.migrator.migrate(without)
      await project.query('DROP INDEX idx_label')
      await project.query('DROP INDEX idx_code')
      await project.query("INSERT INTO a VALUES (1, 'x', 'same'), (2, 'y', 'same')")
      if (kind.dialect === 'postgres') {
        await assert.rejects(
          execute(project.url, 'CREATE UNIQUE INDEX CONCURRENTLY idx_code ON a (code)'),
        )
      }
      const options = { categories: ['indexes'], ...without } as const
      const result = await project.migrator.mend(options)
      assert.deepEqual(
        result.mended.map(({ object }) => object),
        ['index a.idx_label'],
      )
      assert.deepEqual(
        result.failures.map(({ at }) => at?.object),
        ['index a.idx_code'],
      )
      const left = result.validation.findings.filter(({ severity }) => severity === 'error')
      const code = kind.dialect === 'postgres' ? 'INDEX_INVALID' : 'INDEX_MISSING'
      assert.deepEqual(
        left.map((one) => [one.code, one.at?.object]),
        [[code, 'index a.idx_code']],
      )
      const indexes = [...(await project.introspect()).keys()].filter((key) =>
        key.startsWith('index'),
      )
      assert.ok(
        indexes.every((key) => !/ccnew/.test(key)),
        `${indexes}`,
      )
      await project.query('DELETE FROM a WHERE id = 2')
      const again = await project.migrator.mend(options)
      assert.equal(again.mended.length, 1)
      assert.ok(again.validation.ok)
    })

    test('rows that are expected are added, and those that are off switched on', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': RULES })
      await project.migrator.snapshot()
      await project.migrator.migrate(without)
      const expectations: MigrateConfig['expectations'] = [
        {
          kind: 'rows',
          category: 'data',
          name: 'rules',
          table: 'rule',
          key: 'name',
          active: 'is_active',
          rows: [
            { name: 'login', most: 5 },
            { name: 'import', most: 9 },
          ],
        },
      ]
      await project.query("INSERT INTO rule VALUES ('login', 7, false), ('own', 1, false)")
      const migrator = await project.open({ expectations })
      const { mended, validation } = await migrator.mend({ categories: ['data'], ...without })
      assert.deepEqual(
        mended.map(({ rows }) => rows),
        [1, 1],
      )
      assert.ok(validation.ok)
      const rows = await project.query('SELECT name, most FROM rule WHERE is_active ORDER BY name')
      assert.deepEqual(rows, [
        { name: 'import', most: 9 },
        { name: 'login', most: 7 },
      ])
    })

    test('SIGKILL in the middle leaves nothing half-done', async (t) => {
      const project = await familyOf(t, kind)
      const before = await rowsOf(project)
      const config = JSON.stringify(project.config({ backup: 'off' }))
      // commits: 1 opens the run, 2 is the mend's
      const child = startNode([CHILD, config, 'before commit 2', 'mend'])
      await child.printed('here')
      await child.kill('SIGKILL')
      assert.ok(!(await project.introspect()).has('table quarantine_site'))
      const { mended } = await project.migrator.mend({ ...ROWS, ...without })
      assert.equal(mended[0]?.rows, 7)
      assert.deepEqual(await rowsOf(project), before)
      await assertTracked(project)
    })
  })
}
