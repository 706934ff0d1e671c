import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import { databases, testDatabase } from '../../../test/support/databases.ts'
import { migrationsFolder } from '../src/config.ts'

for (const kind of databases) {
  test(`the generated snapshot is what ${kind.name} makes`, { skip: kind.skip }, async (t) => {
    const databaseUrl = await testDatabase(t, kind)
    const migrator = await createMigrator({
      config: { databaseUrl, migrations: migrationsFolder },
    })
    // `npm run generate` writes it anew
    assert.equal((await migrator.snapshot({ check: true })).outcome, 'nothing')
  })
}
