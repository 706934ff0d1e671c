import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createMigrator } from '@fossawork/migrate'
import { plainClient } from '../../../test/support/clients.ts'
import { type DatabaseKind, databases, testDatabase } from '../../../test/support/databases.ts'
import { migrationsFolder } from '../src/config.ts'
import { connect } from './support/connect.ts'
import * as kysely from './support/database.ts'
import { expectedSchema } from './support/expected-schema.ts'
import { faults } from './support/faults.ts'
import { liveSchema } from './support/live-schema.ts'
import { versions } from './support/versions.ts'

const folder = fileURLToPath(new URL('../rollback/', import.meta.url))

test('there is a current script for each version and database', async () => {
  for (const databaseUrl of ['sqlite:///./unused.db', 'postgresql://unused/unused']) {
    const migrator = await createMigrator({ config: { databaseUrl, migrations: migrationsFolder } })
    // `npm run generate` writes them anew
    const { outcome, scripts, without } = await migrator.emergency({ check: true })
    assert.deepEqual([outcome, scripts.length, without], ['nothing', versions.length, []])
  }
  assert.equal(readdirSync(folder).length, 2 * versions.length)
})

for (const kind of databases) {
  const client = plainClient(kind)
  suite(`emergency scripts on ${kind.name}`, { skip: kind.skip || client.skip }, () => {
    test('take each version back by the plain client, and migrate brings all of them again', async (t) => {
      const { url, migrator, run, schema, digests } = await migrated(t, kind)
      for (const [index, version] of [...versions.entries()].reverse()) {
        const before = await digests()
        const { code, output } = await run(version)
        assert.deepEqual([code, output.trim()], [0, `${version} is rolled back.`])
        assert.deepEqual(await schema(), expectedSchema(kind.dialect, index))
        const { findings } = await migrator.validate({ categories: ['schema'] })
        assert.deepEqual(findings, [], `after ${version}`)
        const after = await digests()
        assert.ok(after.size < before.size || version === 'v003_add_indexes')
        for (const [table, digest] of after) assert.equal(digest, before.get(table), table)

        const state = (await migrator.status()).versions.find((one) => one.version === version)
        assert.equal(state?.status, 'rolled_back')
        const row = (await migrator.history()).find((one) => one.version === version)
        assert.deepEqual([row?.rollbackApplied, row?.errorMessage], [true, null])
        const age = Date.now() - Date.parse(row?.rollbackAt ?? '')
        assert.ok(Math.abs(age) < 60_000, `rolled back at ${row?.rollbackAt}, in UTC`)
      }
      const { done } = await migrator.migrate()
      assert.deepEqual(
        done.map(({ version }) => version),
        versions,
      )
      const seen = (await migrator.log()).filter(({ event }) => event === 'external_change')
      assert.deepEqual(
        seen.map(({ version, status }) => [version, status]).sort(),
        versions.map((version) => [version, 'rolled_back']),
      )
      assert.deepEqual(faults(await migrator.validate()), [])
      assert.deepEqual(await liveTables(kind, url), expectedSchema(kind.dialect))
    })

    test('refuse while applied versions depend on theirs, and name those', async (t) => {
      const { run, everything } = await migrated(t, kind)
      const before = await everything()
      for (const version of versions.slice(0, 2)) {
        const { code, output } = await run(version)
        assert.notEqual(code, 0)
        assert.match(output, new RegExp(`applied versions depend on ${version}: roll th`))
        assert.match(output, /v005_add_audit_tables/)
        assert.deepEqual(await everything(), before)
      }
    })

    test('refuse where the version is not applied', async (t) => {
      const { run, everything } = await migrated(t, kind)
      const version = 'v006_add_monitoring_tables'
      await run(version)
      const before = await everything()
      const { code, output } = await run(version)
      assert.notEqual(code, 0)
      assert.match(
        output,
        /v006_add_monitoring_tables is not applied: there is nothing to roll back/,
      )
      assert.deepEqual(await everything(), before)
    })

    test('leave everything as it was when a statement in the middle fails', async (t) => {
      const { query, run, everything } = await migrated(t, kind)
      // the last but some of what the script of v003 drops
      await query('DROP INDEX idx_work_orders_external')
      const before = await everything()
      const { code, output } = await run('v003_add_indexes')
      assert.notEqual(code, 0)
      assert.match(output, /idx_work_orders_external/)
      assert.doesNotMatch(output, /is rolled back/)
      assert.deepEqual(await everything(), before)
    })

    test('refuse where rows of other tables refer to what would go', async (t) => {
      const { query, run, everything } = await migrated(t, kind)
      for (const version of versions.slice(1).reverse()) await run(version)
      await query(
        'CREATE TABLE badges (user_id VARCHAR(32) REFERENCES users (id) ON DELETE CASCADE)',
      )
      await query("INSERT INTO badges VALUES ('ana')")
      const before = await everything()
      const { code, output } = await run('v001_initial_schema')
      assert.notEqual(code, 0)
      assert.match(output, /badges/)
      assert.deepEqual(await everything(), before)
    })

    test("work on a journal with the original's columns alone", async (t) => {
      const { migrator, query, run } = await migrated(t, kind)
      await query('DROP TABLE schema_migration_log')
      await query('DROP TABLE schema_migration_archive')
      await query('UPDATE schema_migrations SET status = NULL, metadata_json = NULL')
      assert.match((await run('v001_initial_schema')).output, /v006_add_monitoring_tables/)
      const { code } = await run('v006_add_monitoring_tables')
      assert.equal(code, 0)
      assert.equal((await migrator.status()).current, 'v005_add_audit_tables')
    })
  })
}

/** A database at the latest version with rows in it, and what a test asks of it. */
async function migrated(t: TestContext, kind: DatabaseKind) {
  const url = await testDatabase(t, kind)
  const migrator = await createMigrator({
    config: { databaseUrl: url, migrations: migrationsFolder, backup: 'off' },
  })
  await migrator.migrate()
  const { query, tables } = await connect(t, url)
  for (const row of ROWS) await query(row)
  const digests = async () => {
    const found = new Map<string, string>()
    for (const table of await tables()) {
      if (/^(schema_migration|work_orders_fts)/.test(table)) continue
      const lines = (await query(`SELECT * FROM ${table}`)).map(({ search: _, ...row }) =>
        JSON.stringify(row),
      )
      found.set(table, hash('sha256', lines.sort().join('\n')))
    }
    return found
  }
  return {
    url,
    migrator,
    query,
    digests,
    run: (version: string) =>
      plainClient(kind).run(
        url,
        join(folder, `emergency_${version.slice(0, 4)}_rollback.${kind.dialect}.sql`),
      ),
    schema: () => liveTables(kind, url),
    everything: async () => [
      await liveTables(kind, url),
      await digests(),
      await query('SELECT * FROM schema_migrations ORDER BY version'),
    ],
  }
}

const ROWS = [
  "INSERT INTO users (id, email) VALUES ('ana', 'ana@example.com')",
  "INSERT INTO work_orders (id, user_id, site_name) VALUES ('w', 'ana', 'Fuel stop')",
  "INSERT INTO dispensers (id, work_order_id, dispenser_number) VALUES ('d', 'w', '1/2')",
  "INSERT INTO security_events (event_type, severity, user_id) VALUES ('login', 'info', 'ana')",
]

async function liveTables(kind: DatabaseKind, url: string) {
  const opened = kysely.connect(kind.dialect, url)
  try {
    const all = Object.entries(await liveSchema(opened))
    return Object.fromEntries(all.filter(([table]) => !table.startsWith('schema_migration')))
  } finally {
    await opened.db.destroy()
  }
}
