import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { smallDisk } from '../backup/small-disk.ts'
import { dialectOf, temporaryFolder } from './support/database.ts'

test('on a disk that is full to its last byte, looking says so', async (t) => {
  const disk = smallDisk(t, 1024)
  if (!disk) return
  const dialect = dialectOf(join(disk, 'app.db'))
  const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
  await writer.query('CREATE TABLE t (a)')
  await writer.close()
  await assert.rejects(writeFile(join(disk, 'fill'), Buffer.alloc(2 << 20)), { code: 'ENOSPC' })
  const looking = async () => (await dialect.openReader()).query('SELECT * FROM t')
  await assert.rejects(looking(), { code: 'DISK_FULL', message: /app\.db is full/ })
})

const SOURCE = `
  const { createSqliteDialect } = await import(process.argv[1])
  const file = process.argv[2]
  const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
  const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
  const rows = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT hex(x) FROM n'
  await writer.query('CREATE TABLE t AS ' + rows).catch(({ code, message, hint }) => {
    console.log(JSON.stringify({ code, message, hint }))
  })
`

test('a disk that fails is not taken for a statement that is wrong', {
  skip: process.platform === 'win32',
}, (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const dialect = join(import.meta.dirname, '../../src/dialect/sqlite/dialect.ts')
  // the system lets no file of this process grow beyond 128 KiB, and says so as a disk does that fails
  const limited = `trap '' XFSZ; ulimit -f 256; exec "$@"`
  const node = [process.execPath, '--no-warnings', '--input-type=module', '--eval', SOURCE]
  const args = ['-c', limited, 'sh', ...node, dialect, file]
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' })
  const { code, message, hint } = JSON.parse(stdout || stderr)
  assert.equal(code, 'DISK_FAILED')
  assert.match(message, /app\.db, or its file system, failed: disk I\/O error/)
  assert.doesNotMatch(hint, /statement/)
})
