import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  type DatabaseKind,
  databases,
  tempFolder,
  testDatabase,
} from '../../../test/support/databases.ts'
import { getMigrationManager } from '../src/manager.ts'
import { runMigrationsOnStartup } from '../src/startup.ts'
import { connect } from './support/connect.ts'
import { faults } from './support/faults.ts'
import { latest, versions } from './support/versions.ts'

async function options(t: TestContext, kind: DatabaseKind) {
  return {
    databaseUrl: await testDatabase(t, kind),
    backup: kind.hasBackupTools ? 'required' : 'off',
    backupDir: join(await tempFolder(t), 'backups'),
  } as const
}

for (const kind of databases) {
  describe(`the manager on ${kind.name}`, { skip: kind.skip }, () => {
    test('brings a new database to the latest version and tells its history', async (t) => {
      const manager = getMigrationManager(await options(t, kind))
      assert.equal(await manager.checkMigrationNeeded(), true)
      assert.equal((await manager.dryRun()).steps.length, versions.length)
      assert.equal((await manager.getStatus()).current, null)

      await manager.autoMigrate({ version: 'v003_add_indexes' })
      assert.equal((await manager.getStatus()).current, 'v003_add_indexes')
      assert.equal((await manager.autoMigrate()).done.length, versions.length - 3)
      assert.equal(await manager.checkMigrationNeeded(), false)
      const validation = await manager.validateSchema()
      assert.deepEqual([validation.ok, faults(validation)], [true, []])
      const history = await manager.getMigrationHistory({ limit: 2 })
      assert.deepEqual(
        history.map(({ version, status }) => [version, status]),
        versions
          .slice(-2)
          .reverse()
          .map((version) => [version, 'applied']),
      )

      await manager.rollback(latest)
      assert.deepEqual((await manager.getStatus()).pending, [latest])
      await assert.rejects(manager.rollback('v001_initial_schema'), { code: 'HAS_DEPENDENTS' })
      assert.equal((await manager.ensureLatest()).pending.length, 0)
    })

    test('down to nothing and up again gives the same schema', async (t) => {
      const config = { ...(await options(t, kind)), backup: 'off' } as const
      const manager = getMigrationManager(config)
      await manager.ensureLatest()
      const { tables } = await connect(t, config.databaseUrl)
      const before = (await tables()).sort()
      for (const { version } of await manager.getMigrationHistory()) await manager.rollback(version)
      assert.deepEqual((await tables()).sort(), [
        'schema_migration_archive',
        'schema_migration_log',
        'schema_migrations',
      ])
      await manager.ensureLatest()
      assert.deepEqual((await tables()).sort(), before)
      assert.deepEqual(faults(await manager.validateSchema()), [])
    })

    test('instances that start together all start, and each migration runs once', async (t) => {
      const config = await options(t, kind)
      const started = await Promise.all(
        Array.from({ length: 4 }, () => runMigrationsOnStartup({ ...config, onFailure: 'throw' })),
      )
      assert.deepEqual(started, [true, true, true, true])
      const history = await getMigrationManager(config).getMigrationHistory()
      assert.equal(history.length, versions.length)
    })

    test('a start that cannot migrate throws in production and warns elsewhere', async (t) => {
      const config = await options(t, kind)
      await getMigrationManager(config).ensureLatest()
      const { query } = await connect(t, config.databaseUrl)
      await query(
        "UPDATE schema_migrations SET checksum = 'edited' WHERE version = 'v002_add_security_tables'",
      )
      await query(
        "UPDATE schema_migrations SET status = 'failed' WHERE version = 'v006_add_monitoring_tables'",
      )
      await assert.rejects(runMigrationsOnStartup({ ...config, onFailure: 'throw' }), {
        code: 'CHECKSUM_MISMATCH',
      })
      const warnings: string[] = []
      const warn = (message: string): void => void warnings.push(message)
      assert.equal(await runMigrationsOnStartup({ ...config, onFailure: 'warn', warn }), false)
      assert.match(warnings[0] ?? '', /v002_add_security_tables changed after it was applied/)
    })
  })
}

test('the application environment decides between throwing and warning', async (t) => {
  const before = process.env.NODE_ENV
  t.after(() => {
    process.env.NODE_ENV = before
    if (before === undefined) delete process.env.NODE_ENV
  })
  const databaseUrl = `sqlite:///${join(await tempFolder(t), 'missing', 'folder', 'x.db')}`
  process.env.NODE_ENV = 'production'
  await assert.rejects(runMigrationsOnStartup({ databaseUrl }))
  process.env.NODE_ENV = 'development'
  assert.equal(await runMigrationsOnStartup({ databaseUrl, warn: () => {} }), false)
})
