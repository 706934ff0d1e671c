import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertComplete } from '../../src/dialect/sqlite/backup.ts'
import { startChild } from './support/child.ts'
import { database, dialectOf } from './support/database.ts'

const ROWS = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
  INSERT INTO t SELECT i, hex(randomblob(200)) FROM n`

const quiet = { onProgress() {} }

test('a backup holds every row, is private, and leaves nothing beside it', async (t) => {
  const { writer, folder, dialect } = await database(t, ROWS)
  const copy = join(folder, 'copy.db')
  const progress: [number, number][] = []
  await dialect.backup.probe()
  await dialect.backup.write(copy, { onProgress: (...step) => progress.push(step) })
  await dialect.backup.verify(copy)
  assert.equal(statSync(copy).mode & 0o777, 0o600)
  assert.ok(progress.length > 0)
  assert.ok(progress.every(([done, total]) => done > 0 && done <= total))
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('copy')),
    ['copy.db'],
  )
  const reader = await dialectOf(copy).openReader()
  const content = 'SELECT count(*) AS n, sum(length(a)) AS bytes FROM t'
  assert.deepEqual((await reader.query(content)).rows, (await writer.query(content)).rows)
  await reader.close()
})

test('a backup ends while another process commits all the time, and is one state', async (t) => {
  const { folder, file, dialect } = await database(
    t,
    `${ROWS}; CREATE TABLE pair (a INTEGER, b INTEGER); INSERT INTO pair VALUES (0, 0)`,
  )
  await startChild(
    t,
    `import { DatabaseSync } from 'node:sqlite'
     const db = new DatabaseSync(${JSON.stringify(file)}, { timeout: 5000 })
     db.exec('PRAGMA synchronous=OFF')
     const commit = () => {
       db.exec('BEGIN IMMEDIATE; UPDATE pair SET a = a + 1; UPDATE t SET a = a WHERE id % 5000 = 0;' +
         'UPDATE pair SET b = b + 1; COMMIT')
     }
     commit()
     console.log('writing')
     setInterval(commit, 1)`,
  )
  const copy = join(folder, 'copy.db')
  const totals: number[] = []
  let done = 0
  await dialect.backup.write(copy, {
    onProgress(now, total) {
      // a restart would begin again
      assert.ok(now >= done)
      done = now
      totals.push(total)
    },
  })
  await dialect.backup.verify(copy)
  assert.equal(new Set(totals).size, 1)
  const reader = await dialectOf(copy).openReader()
  assert.deepEqual((await reader.query('SELECT a = b AS same FROM pair')).rows, [{ same: 1 }])
  await reader.close()
})

test('a source that is held exclusively is busy; no backup is left that says nothing', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.query('BEGIN EXCLUSIVE')
  const copy = join(folder, 'copy.db')
  await assert.rejects(dialect.backup.write(copy, quiet), { code: 'DATABASE_BUSY' })
  assert.equal(existsSync(copy), false)
  await writer.query('ROLLBACK')
})

test('a backup that reports success and wrote too little is refused', async (t) => {
  const { folder } = await database(t)
  const file = join(folder, 'copy.db')
  const refused = { code: 'BACKUP_FAILED' }
  assert.throws(() => assertComplete(file, 3, 4096), refused)
  writeFileSync(file, Buffer.alloc(2 * 4096))
  assert.throws(() => assertComplete(file, 3, 4096), refused)
  assert.throws(() => assertComplete(file, 0, 4096), refused)
  assertComplete(file, 2, 4096)
})

test('an interrupted backup leaves no file', async (t) => {
  const { folder, dialect } = await database(t, ROWS)
  const copy = join(folder, 'copy.db')
  const controller = new AbortController()
  await assert.rejects(
    dialect.backup.write(copy, {
      onProgress: () => controller.abort(),
      signal: controller.signal,
    }),
    { code: 'INTERRUPTED' },
  )
  assert.equal(existsSync(copy), false)
  assert.equal(existsSync(`${copy}-journal`), false)
})

test('a file that is there already is neither overwritten nor removed', async (t) => {
  const { folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  const copy = join(folder, 'copy.db')
  writeFileSync(copy, 'mine')
  await assert.rejects(dialect.backup.write(copy, quiet), { code: 'BACKUP_FAILED' })
  assert.equal(statSync(copy).size, 4)
})

test('a damaged, a shortened and an empty copy do not verify', async (t) => {
  const { folder, dialect } = await database(t, ROWS)
  const refused = { code: 'BACKUP_FAILED' }
  const copy = join(folder, 'copy.db')
  await dialect.backup.write(copy, quiet)
  await dialect.backup.verify(copy)
  const handle = await open(copy, 'r+')
  await handle.write(Buffer.alloc(4096, 0xab), 0, 4096, 4096 * 40)
  await handle.close()
  await assert.rejects(dialect.backup.verify(copy), refused)
  truncateSync(copy, statSync(copy).size - 4096)
  await assert.rejects(dialect.backup.verify(copy), refused)
  truncateSync(copy, 0)
  await assert.rejects(dialect.backup.verify(copy), refused)
  await assert.rejects(dialect.backup.verify(join(folder, 'none.db')), refused)
})
