import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseDatabaseUrl } from '@fossawork/migrate'
import { databases, testDatabase } from '../../../test/support/databases.ts'
import { createPostgresDialect } from '../../migrate/src/dialect/postgres/dialect.ts'
import { createSqliteDialect } from '../../migrate/src/dialect/sqlite/dialect.ts'
import { diffSnapshots } from '../../migrate/src/schema/diff.ts'
import { composeVersions, readSchemaVersions } from '../../migrate/src/schema/versions.ts'
import { migrationsFolder } from '../src/config.ts'

for (const kind of databases) {
  test(`the generated snapshot alone makes the schema on ${kind.name}`, {
    skip: kind.skip,
  }, async (t) => {
    const target = parseDatabaseUrl(await testDatabase(t, kind), '/')
    const dialect =
      target.dialect === 'sqlite' ? createSqliteDialect(target) : createPostgresDialect(target)
    const versions = readSchemaVersions(fileURLToPath(migrationsFolder), dialect.name)
    assert.ok(versions)
    const facts = composeVersions(versions, versions.keys())
    const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
    t.after(() => writer.close())
    await writer.begin({ foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 0 })
    for (const sql of await dialect.createStatements([...facts.values()])) await writer.query(sql)
    await writer.commit()
    assert.deepEqual(diffSnapshots(facts, await dialect.introspect(writer)), [])
  })
}
