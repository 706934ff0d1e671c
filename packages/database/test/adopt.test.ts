import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import { databases, tempFolder, testDatabase } from '../../../test/support/databases.ts'
import { migrationsFolder } from '../src/config.ts'
import { connect } from './support/connect.ts'
import { faults } from './support/faults.ts'
import { makeHalfMigrated } from './support/half-migrated.ts'
import { latest, versions } from './support/versions.ts'

for (const kind of databases) {
  describe(`a database that the original left half-migrated, on ${kind.name}`, {
    skip: kind.skip,
  }, () => {
    test('is adopted and completed, every row of every table as it was', async (t) => {
      const databaseUrl = await testDatabase(t, kind)
      const { query, tables } = await connect(t, databaseUrl)
      await makeHalfMigrated(databaseUrl, query)
      const before = await digests(query, await tables())

      const migrator = await createMigrator({
        config: {
          databaseUrl,
          migrations: migrationsFolder,
          backup: kind.hasBackupTools ? 'required' : 'off',
          backupDir: join(await tempFolder(t), 'backups'),
        },
      })
      await assert.rejects(migrator.migrate(), { code: 'JOURNAL_FOREIGN' })
      const adopted = await migrator.adopt()
      assert.deepEqual(adopted.differences, [])
      assert.equal(adopted.leftovers[0]?.objects.length, 4)
      const { done } = await migrator.migrate()
      assert.equal(done.length, versions.length - 2)

      const { current, pending } = await migrator.status()
      assert.deepEqual([current, pending], [latest, []])
      assert.deepEqual(faults(await migrator.validate()), [])
      const after = await digests(query, await tables())
      for (const [table, digest] of before) assert.equal(after.get(table), digest, table)
      const found =
        kind.dialect === 'sqlite'
          ? await query("SELECT rowid FROM work_orders_fts WHERE work_orders_fts MATCH 'gate'")
          : await query(
              "SELECT id FROM work_orders WHERE search @@ plainto_tsquery('simple', 'gate')",
            )
      assert.equal(found.length, 20, 'rows that were there before are found')
    })
  })
}

type Query = Awaited<ReturnType<typeof connect>>['query']

/** A digest of each table's rows, the journal's and what v003 adds left out. */
async function digests(query: Query, tables: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const table of tables) {
    if (table.startsWith('schema_migration')) continue
    const rows = await query(`SELECT * FROM ${table}`)
    const lines = rows.map(({ search: _, ...row }) => JSON.stringify(row)).sort()
    found.set(table, hash('sha256', lines.join('\n')))
  }
  return found
}
