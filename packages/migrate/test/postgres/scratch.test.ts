import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { newDialect, newReader, newWriter, postgresKinds, targetOf, urlOfNewRole } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`a scratch database on ${kind.name}`, { skip: kind.skip }, () => {
    it('is empty, apart from the target, and goes with its connections', async (t) => {
      const dialect = await newDialect(t, kind)
      const scratch = await dialect.scratch()
      const inside = await newWriter(t, scratch.dialect)
      await inside.query('CREATE TABLE t (id int)')
      const reader = await newReader(t, dialect)
      assert.deepEqual(await dialect.tableNames(reader), [])
      assert.match(scratch.dialect.location, /\/migrate_scratch_[0-9a-f]{16}$/)
      await scratch.remove()
      const { rows } = await reader.query('SELECT FROM pg_database WHERE datname = $1', [
        scratch.dialect.location.split('/').at(-1),
      ])
      assert.deepEqual(rows, [])
    })

    it('is refused to a role that may not create databases', async (t) => {
      const url = await testDatabase(t, kind)
      const owner = await newWriter(t, createPostgresDialect(targetOf(url)))
      const plain = await urlOfNewRole(url, owner)
      await assert.rejects(createPostgresDialect(targetOf(plain)).scratch(), {
        code: 'PERMISSION_DENIED',
        hint: /CREATEDB/,
      })
    })
  })
}
