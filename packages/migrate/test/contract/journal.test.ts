import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, statuses, table, tamper } from './project.ts'

for (const kind of databases) {
  describe(`the journal on ${kind.name}`, { skip: kind.skip }, () => {
    test('a file that changed after it was applied is refused, CRLF is no change', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      await project.migrator.migrate()
      await project.write('v1.sql', table('a').replaceAll('\n', '\r\n'))
      assert.equal((await project.migrator.migrate()).outcome, 'nothing')
      await project.write('v1.sql', table('a').replace('20', '30'))
      await assert.rejects(project.migrator.migrate(), (error: MigrateError) => {
        assert.equal(error.code, 'CHECKSUM_MISMATCH')
        assert.match(
          error.message,
          /^v1 changed after it was applied on 20.*[0-9a-f]{64}.*[0-9a-f]{64}/,
        )
        return true
      })
      await project.migrator.repair({
        version: 'v1',
        action: { kind: 'accept-checksum' },
        reason: 'only the length of a column that nobody fills',
      })
      assert.equal((await project.migrator.migrate()).outcome, 'nothing')
      await assertTracked(project)
    })

    test('a version that no file explains is refused, a newer database under its own code', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      await project.migrator.migrate()
      await project.remove('v2.sql')
      await assert.rejects(project.migrator.migrate(), { code: 'DATABASE_NEWER', message: /v2/ })
      await project.write('v3.sql', table('c'))
      await assert.rejects(project.migrator.migrate(), { code: 'MIGRATION_MISSING', message: /v2/ })
      await project.migrator.repair({
        version: 'v2',
        action: { kind: 'forget' },
        reason: 'the feature was given up',
      })
      assert.equal((await project.migrator.migrate()).outcome, 'done')
      await assertTracked(project)
    })

    test('a change by hand in schema_migrations is found and recorded by the next run', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      await project.migrator.migrate()
      await project.query('DROP TABLE b')
      await project.query(
        "UPDATE schema_migrations SET status = 'rolled_back' WHERE version = 'v2'",
      )
      await project.migrator.migrate()
      const log = await project.migrator.log()
      const change = log.find(({ event }) => event === 'external_change')
      assert.partialDeepStrictEqual(change, { version: 'v2', status: 'rolled_back' })
      assert.equal((await statuses(project)).v2, 'applied')
      await assertTracked(project)
    })

    test('an edited, a removed and a reordered entry of the log are found', async (t) => {
      const edits = [
        "UPDATE schema_migration_log SET os_user = 'nobody else' WHERE seq = 2",
        'DELETE FROM schema_migration_log WHERE seq = 1',
        'UPDATE schema_migration_log SET seq = seq + 100 WHERE seq = 2',
      ]
      for (const edit of edits) {
        const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
        await project.migrator.migrate()
        await tamper(project, edit)
        const { ok, findings } = await project.migrator.validate({ categories: ['tracking'] })
        assert.ok(!ok, edit)
        assert.equal(findings[0]?.code, 'JOURNAL_CHAIN_BROKEN', edit)
      }
    })

    test('a log whose end was cut off no longer explains the table', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      await project.migrator.migrate()
      await tamper(project, 'DELETE FROM schema_migration_log WHERE seq = 2')
      const { findings } = await project.migrator.validate({ categories: ['tracking'] })
      assert.deepEqual(
        findings.map(({ code, at }) => [code, at?.version]),
        [
          ['CHANGED_BY_HAND', 'v2'],
          // a snapshot was kept after that entry
          ['JOURNAL_CHAIN_BROKEN', undefined],
        ],
      )
    })
  })
}
