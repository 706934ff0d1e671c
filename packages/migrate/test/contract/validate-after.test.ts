import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { createProject, faults, table } from './project.ts'

const DEFAULT = { validateAfter: undefined }

for (const kind of databases) {
  describe(`what is checked after a run, on ${kind.name}`, { skip: kind.skip }, () => {
    test('schema, constraints and tracking by default, other categories or none by configuration', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      await project.migrator.snapshot()
      const first = await (await project.open(DEFAULT)).migrate({ version: 'v1' })
      assert.deepEqual(first.validation?.categories, ['schema', 'constraints', 'tracking'])
      assert.deepEqual([first.validation?.ok, first.validation?.findings], [true, []])
      const asked = await (await project.open({ validateAfter: ['data'] })).migrate()
      assert.deepEqual(asked.validation?.categories, ['data'])
      const nothing = await (await project.open(DEFAULT)).migrate()
      assert.deepEqual([nothing.outcome, nothing.validation], ['nothing', null])
      const off = await (await project.open({ validateAfter: 'off' })).rollback({ version: 'v2' })
      assert.ok('validation' in off && off.validation === null)
    })

    test('a schema that is not as the generated snapshot has it is told, and the steps stand', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.mjs': `export default { description: 'd', down: 'irreversible', up: async ({ db }) => {
          const column = process.env.TEST_COLUMN ?? 'note'
          await db.schema.alterTable('a').addColumn(column, 'varchar(20)').execute()
        } }`,
      })
      await project.migrator.snapshot()
      process.env.TEST_COLUMN = 'other'
      t.after(() => delete process.env.TEST_COLUMN)
      const { outcome, validation } = await (await project.open(DEFAULT)).migrate()
      assert.deepEqual([outcome, validation?.ok], ['done', false])
      assert.deepEqual(
        faults(validation ?? { findings: [] }).map(({ code, at }) => [code, at?.object]),
        [
          ['SCHEMA_DIFFERS', 'column a.note'],
          ['SCHEMA_DIFFERS', 'column a.other'],
        ],
      )
      const told = project.events.filter(({ type }) => type === 'finding')
      assert.ok(JSON.stringify(told).includes('column a.note is missing'))
    })

    test('without a generated snapshot the rest is checked; an old one is a warning', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const without = await (await project.open(DEFAULT)).migrate()
      assert.deepEqual([without.validation?.ok, without.validation?.findings], [true, []])
      await project.migrator.snapshot()
      await project.write('v2.sql', table('b'))
      const { validation } = await (await project.open(DEFAULT)).migrate()
      assert.deepEqual(
        validation?.findings.map(({ code, severity }) => [code, severity]),
        [['SNAPSHOT_STALE', 'warning']],
      )
    })
  })
}
