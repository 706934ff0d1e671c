import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { assertTracked, createProject, table } from './project.ts'

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`one lock for all that backups do on ${kind.name}`, { skip }, () => {
    test('backups, cleanups, restores and migrations at once come one after another', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.query("INSERT INTO a (id, label) VALUES (1, 'kept')")
      await project.migrator.backup()
      await project.write('v2.sql', table('b', 'v1'))
      const migrators = await Promise.all(Array.from({ length: 6 }, () => project.open()))
      await Promise.all([
        migrators[0]?.backup(),
        migrators[1]?.backup(),
        migrators[2]?.cleanUpBackups(),
        migrators[3]?.promoteBackup({ tier: 'weekly' }),
        migrators[4]?.migrate(),
        migrators[5]?.backup(),
      ])
      await Promise.all([
        migrators[0]?.restore({ from: { latest: true }, force: true }),
        migrators[1]?.backup(),
      ])
      await project.migrator.migrate()
      assert.deepEqual(await project.query('SELECT label FROM a'), [{ label: 'kept' }])
      const { ok, findings } = await project.migrator.verifyBackups()
      assert.ok(ok, JSON.stringify(findings))
      await assertTracked(project)
    })

    test('a restore that lost the lock changes nothing', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.migrator.backup()
      await project.query("INSERT INTO a (id, label) VALUES (1, 'since')")
      const losing = await project.open({}, (dialect) => ({
        ...dialect,
        backup: {
          ...dialect.backup,
          async prepare(raw, options) {
            const prepared = await dialect.backup.prepare(raw, options)
            if (kind.dialect === 'postgres') await dialect.breakLock()
            else rmSync(`${project.url.replace('sqlite:///', '')}-migrate.lock`)
            return prepared
          },
        },
      }))
      await assert.rejects(losing.restore({ from: { latest: true } }), { code: 'LOCK_LOST' })
      assert.deepEqual(await project.query('SELECT label FROM a'), [{ label: 'since' }])
    })

    test('who may not wait is told who holds it, and nothing happened', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.migrator.backup()
      const dialect = await project.dialect()
      const lock = await dialect.acquireLock({
        runId: '00000000-0000-0000-0000-000000000000',
        purpose: 'migrate',
        waitMs: 0,
        onWaiting() {},
      })
      t.after(() => lock.release())
      const { migrator } = project
      const held = (error: MigrateError): boolean => {
        assert.equal(error.code, 'LOCK_TIMEOUT')
        assert.match(error.message, /migrate/)
        return true
      }
      await assert.rejects(migrator.backup({ waitMs: 0 }), held)
      await assert.rejects(migrator.cleanUpBackups({ waitMs: 0 }), held)
      await assert.rejects(migrator.promoteBackup({ tier: 'weekly', waitMs: 0 }), held)
      await assert.rejects(
        migrator.restore({ from: { latest: true }, waitMs: 0, force: true }),
        held,
      )
      assert.equal((await migrator.backups()).backups.length, 1)
    })
  })
}
