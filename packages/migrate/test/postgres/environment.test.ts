import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, dumpOf, prepared, run, sqlDumpOf } from './restore-support.ts'
import { targetOf } from './setup.ts'

/** What the environment says meanwhile. */
async function withEnvironment(
  values: Readonly<Record<string, string>>,
  body: () => Promise<void>,
): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, values)
  try {
    await body()
  } finally {
    for (const name of Object.keys(values)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

for (const { kind, skip } of backupKinds) {
  describe(`with an environment for other programs, ${kind.name}`, { skip }, () => {
    it('backs up and restores with the encoding and the server that it has without', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, `CREATE TABLE t AS SELECT '→ é' AS "für"`)
      const file = await sqlDumpOf(t, url)
      const theirs = { PGCLIENTENCODING: 'LATIN1', PGTARGETSESSIONATTRS: 'standby' }
      await withEnvironment(theirs, async () => {
        const { file: archive, content } = await dumpOf(t, dialect)
        for (const dump of [archive, file]) {
          assert.deepEqual(await (await prepared(t, dialect, dump)).content(), content)
        }
      })
    })

    it('takes the time that it takes, whatever is set for others', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      await withEnvironment({ PGOPTIONS: '-c statement_timeout=1' }, async () => {
        await dialect.backup.probe()
        await dialect.backup.restoreState()
        await (await dialect.scratch()).remove()
        const { file } = await dumpOf(t, dialect)
        await prepared(t, dialect, file)
      })
    })

    it('says who may have told that nothing is written', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      await withEnvironment({ PGOPTIONS: '-c default_transaction_read_only=on' }, async () => {
        await assert.rejects(run(dialect, 'CREATE TABLE u (n int)'), {
          code: 'READ_ONLY',
          hint: /default_transaction_read_only.*PGOPTIONS/,
        })
      })
    })

    it('says that the driver cannot reach a name with signs of URLs', async (t) => {
      const url = new URL(await testDatabase(t, kind))
      url.pathname += '%23q'
      await assert.rejects(run(createPostgresDialect(targetOf(url.href)), 'SELECT 1'), {
        code: 'DATABASE_MISSING',
        hint: /cannot reach a database with one of #/,
      })
    })
  })
}
