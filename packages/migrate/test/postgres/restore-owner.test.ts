import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, databasesLike, dumpOf, prepared, run } from './restore-support.ts'
import { newDialect, targetOf, until } from './setup.ts'
import { otherProcess } from './swap-support.ts'

const RESTORER = `
const { prepare } = dialect.backup
await prepare(process.env.FILE, {
  swappable: true, onProgress() {}, signal: new AbortController().signal,
})
console.log('prepared')
setInterval(() => {}, 1000)`

for (const { kind, skip } of backupKinds) {
  describe(`a database under restoration on ${kind.name}`, { skip }, () => {
    it('is left alone by other restores while its process lives', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS id')
      const { file, content } = await dumpOf(t, dialect)
      const first = await prepared(t, dialect, file)
      const second = await prepared(t, dialect, file, { swappable: false })
      const third = await prepared(t, dialect, file, { swappable: false })
      for (const one of [first, second, third]) assert.deepEqual(await one.content(), content)
      assert.deepEqual(await dialect.backup.previous(), [])
      for (const one of [first, second, third]) await one.discard()
      assert.deepEqual(await databasesLike(dialect), [''])
    })

    it('is found, and can be removed, once its process is gone', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS id')
      const { file } = await dumpOf(t, dialect)
      const child = otherProcess(url, RESTORER, { FILE: file })
      await child.printed('prepared')
      const name = `${new URL(url).pathname.slice(1)}${(await databasesLike(dialect))[1]}`
      assert.deepEqual(await dialect.backup.previous(), [])
      await assert.rejects(dialect.backup.discardPrevious(name), { code: 'BACKUP_NOT_FOUND' })
      await child.kill()
      // the server notices the end of the connection a moment later
      await until(async () => (await dialect.backup.previous()).length > 0)
      assert.deepEqual(await dialect.backup.previous(), [name])
      await dialect.backup.discardPrevious(name)
      assert.deepEqual(await databasesLike(dialect), [''])
    })
  })
}
