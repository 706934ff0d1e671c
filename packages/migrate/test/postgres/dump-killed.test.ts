import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, NEVER, run } from './restore-support.ts'
import { targetOf, until } from './setup.ts'

const CHILD = join(import.meta.dirname, 'dump-child.ts')
const ROWS = `CREATE TABLE t AS SELECT md5(n::text) || md5((-n)::text) AS c FROM generate_series(1, 400000) n`
const SESSIONS = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'migrate-backup'`

for (const { kind, skip } of backupKinds) {
  describe(`a backup of ${kind.name} that is killed`, { skip }, () => {
    it('takes pg_dump with it, and its locks', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, ROWS)
      const file = join(await tempFolder(t), 'x.dump')
      const child = spawn(process.execPath, [CHILD, url, file], { stdio: 'inherit' })
      const ended = once(child, 'exit')
      const size = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0
      await until(async () => size() > 500_000 || child.exitCode !== null)
      child.kill('SIGKILL')
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      await until(async () => (await run(dialect, SESSIONS)).length === 0)
      await assert.rejects(dialect.backup.read(createReadStream(file), NEVER), {
        code: 'BACKUP_DAMAGED',
      })
    })
  })
}
