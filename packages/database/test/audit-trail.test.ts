import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  type DatabaseKind,
  databases,
  tempFolder,
  testDatabase,
} from '../../../test/support/databases.ts'
import { auditRow } from '../src/audit-trail.ts'
import { openMigrator } from '../src/manager.ts'
import { connect } from './support/connect.ts'
import { versions } from './support/versions.ts'

const V004 = 'v004_add_rate_limiting'
const V005 = 'v005_add_audit_tables'
const V006 = 'v006_add_monitoring_tables'

/** The query of the user's guide, as it stands there. */
const GUIDE = `SELECT * FROM audit_trail 
WHERE table_name = 'schema_migrations'
ORDER BY created_at DESC;`

/** FossaWork's database, and what its audit trail says of migrations, oldest first. */
async function fossaWork(t: TestContext, kind: DatabaseKind) {
  const databaseUrl = await testDatabase(t, kind)
  const backupDir = join(await tempFolder(t), 'backups')
  const backup = kind.hasBackupTools ? 'required' : 'off'
  const migrator = await openMigrator({ databaseUrl, backupDir, backup })
  // a restore ends the connections of others
  const query = async (sql: string) => (await connect(t, databaseUrl)).query(sql)
  return {
    migrator,
    query,
    audited: async () =>
      (await query(GUIDE))
        .toSorted((a, b) => Number(a.id) - Number(b.id))
        .map(({ action, record_id }) => [action, record_id]),
    logged: async () =>
      (await migrator.log()).reverse().map(({ event, version }) => [event, version]),
  }
}

for (const kind of databases) {
  describe(`the audit trail on ${kind.name}`, { skip: kind.skip }, () => {
    test('has every entry of the log, those from before it as well, also after v005 was rolled back', async (t) => {
      const { migrator, query, audited, logged } = await fossaWork(t, kind)
      await migrator.migrate({ version: V004 })
      await migrator.migrate({ backup: false })
      assert.equal((await audited()).length, versions.length + 1)
      assert.deepEqual(await audited(), await logged())
      await migrator.rollback({ version: V005, backup: false })
      await migrator.migrate({ backup: false })
      assert.deepEqual(await audited(), await logged())
      const [newest] = await query(GUIDE)
      const [entry] = await migrator.log({ limit: 1 })
      assert.ok(entry)
      assert.partialDeepStrictEqual(newest, {
        audit_id: `migration-log-${entry.seq}`,
        session_id: entry.run,
        user_id: null,
        ip_address: null,
      })
      assert.partialDeepStrictEqual(JSON.parse(String(newest?.changes_json)), {
        os_user: entry.actor.osUser,
        pid: process.pid,
        hash: entry.hash,
      })
      assert.equal(new Date(newest?.created_at as string | Date).toISOString(), entry.at)
      const { findings } = await migrator.validate({ categories: ['tracking'] })
      assert.deepEqual(findings, [])
    })

    test('has the log of a journal that nobody mirrored, from the next run on', async (t) => {
      const { migrator, query, audited, logged } = await fossaWork(t, kind)
      await migrator.migrate({ version: V005, backup: false })
      await query('DELETE FROM audit_trail')
      const [missing] = (await migrator.validate({ categories: ['tracking'] })).findings
      assert.equal(missing?.code, 'JOURNAL_CHAIN_BROKEN')
      assert.match(missing.message, /lacks entries/)
      await migrator.migrate({ version: V006, backup: false })
      assert.deepEqual(await audited(), await logged())
    })

    test('is held against the log, column by column and row by row', async (t) => {
      const { migrator, query } = await fossaWork(t, kind)
      await migrator.migrate({ version: V005, backup: false })
      await query("UPDATE audit_trail SET reason = 'none' WHERE audit_id = 'migration-log-1'")
      await query("UPDATE audit_trail SET ip_address = '::1' WHERE audit_id = 'migration-log-2'")
      await query("DELETE FROM audit_trail WHERE audit_id = 'migration-log-3'")
      await query(
        `INSERT INTO audit_trail (audit_id, table_name, action) VALUES ('by-hand', 'schema_migrations', 'applied')`,
      )
      const found = async () =>
        (await migrator.validate({ categories: ['tracking'] })).findings.map(
          ({ check, examples }) => [check, ...(examples ?? [])],
        )
      const check = 'log against the audit trail'
      const unknown = [check, 'audit_id by-hand']
      const edited = [check, 'audit_id migration-log-1', 'audit_id migration-log-2']
      assert.deepEqual(await found(), [unknown, edited, [check, 'audit_id migration-log-3']])
      // what retention has reached is not missed
      await query('UPDATE data_retention_policies SET retention_days = -1')
      assert.deepEqual(await found(), [unknown, edited])
    })

    test('a restore, and what is recorded after it', { skip: !kind.hasBackupTools }, async (t) => {
      const { migrator, audited, logged } = await fossaWork(t, kind)
      await migrator.migrate()
      const { file } = await migrator.backup()
      await migrator.rollback({ version: V006, backup: false })
      await migrator.restore({ from: { file }, force: true, backup: false })
      await migrator.rollback({ version: V006, backup: false })
      assert.deepEqual(await audited(), await logged())
    })

    test('a log that was cut and written on is found by what the audit trail knows', async (t) => {
      const { migrator, query, audited } = await fossaWork(t, kind)
      await migrator.migrate({ version: V005, backup: false })
      await migrator.migrate({ backup: false })
      const on = kind.dialect === 'sqlite' ? '' : ' ON schema_migration_log'
      await query(`DROP TRIGGER schema_migration_log_no_delete${on}`)
      await query('DELETE FROM schema_migration_log WHERE seq > 5')
      const before = (await audited()).length
      await migrator.rollback({ version: V006, backup: false })
      assert.ok((await audited()).length > before)
      const { findings } = await migrator.validate({ categories: ['tracking'] })
      assert.partialDeepStrictEqual(findings, [
        {
          code: 'JOURNAL_CHAIN_BROKEN',
          check: 'log against the audit trail',
          count: 2,
          examples: ['audit_id migration-log-6', 'audit_id migration-log-7'],
        },
      ])
    })
  })
}

test('what does not fit its column is cut, and stays one of its kind', () => {
  const version = `v007_${'ü'.repeat(200)}`
  const rows = [version, `${version}x`].map((name) =>
    auditRow({
      seq: 1,
      event: 'quarantine_restored',
      version: name,
      status: null,
      checksum: null,
      at: '2026-01-01T00:00:00.000Z',
      durationMs: null,
      run: 'r',
      actor: { dbUser: null, osUser: null, host: 'h', pid: 1, toolVersion: '1' },
      reason: null,
      detail: null,
      prevHash: '',
      hash: '',
    }),
  )
  const [one, other] = rows.map(({ record_id }) => record_id)
  assert.equal([...(one ?? '')].length, 100)
  assert.notEqual(one, other)
  assert.equal(JSON.parse(rows[0]?.after_json ?? '').version, version)
  assert.equal(rows[0]?.action, 'quarantine_restored')
})
