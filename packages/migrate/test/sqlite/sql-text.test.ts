import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openers } from '../../src/dialect/sqlite/backup/openers.ts'
import { smallDisk } from '../backup/small-disk.ts'
import { startChild } from './support/child.ts'
import { prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database, dialectOf, temporaryFolder } from './support/database.ts'

const ENDLESS = `CREATE TABLE t (a);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  INSERT INTO t SELECT i FROM n WHERE i < 0;`

test('rows may come before those that they refer to, as in what Python dumps', async (t) => {
  const { folder, writer, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'dump.sql')
  writeFileSync(
    text,
    `BEGIN TRANSACTION;
     CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent (id));
     INSERT INTO child VALUES (1, 7);
     CREATE TABLE parent (id INTEGER PRIMARY KEY);
     INSERT INTO parent VALUES (7);
     COMMIT;`,
  )
  await swap(await prepare(dialect, text))
  assert.deepEqual((await writer.query('SELECT p FROM child JOIN parent ON p = parent.id')).rows, [
    { p: 7 },
  ])
})

test('a disk that SQL text fills up is told as that, and nothing stays on it', async (t) => {
  const disk = smallDisk(t, 2048)
  if (!disk) return
  const text = join(temporaryFolder(t), 'large.sql')
  writeFileSync(text, 'CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(4000000));')
  await assert.rejects(prepare(dialectOf(join(disk, 'app.db')), text), { code: 'DISK_FULL' })
  assert.deepEqual(readdirSync(disk), [])
})

test('SQL text that never ends is ended by an interruption', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'endless.sql')
  writeFileSync(text, ENDLESS)
  const controller = new AbortController()
  const preparing = prepare(dialect, text, { signal: controller.signal })
  preparing.catch(() => {})
  while (!readdirSync(folder).some((name) => name.includes('.restore.'))) await sleep(20)
  await sleep(300)
  controller.abort()
  await assert.rejects(preparing, { code: 'INTERRUPTED' })
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.restore.')),
    [],
  )
})

test('SQL text does not run on when the restore is killed', {
  skip: process.platform !== 'linux' && 'who has a file open is known on Linux alone',
}, async (t) => {
  const { folder, file } = await database(t, SOME_ROWS)
  const text = join(folder, 'endless.sql')
  writeFileSync(text, ENDLESS)
  const child = await startChild(
    t,
    `import { createSqliteDialect } from ${JSON.stringify(import.meta.resolve('../../src/dialect/sqlite/dialect.ts'))}
     const file = ${JSON.stringify(file)}
     const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
     console.log('begun')
     await dialect.backup.prepare(${JSON.stringify(text)}, {
       swappable: true, signal: new AbortController().signal, onProgress() {},
     })`,
  )
  const restored = () => {
    const name = readdirSync(folder).find((name) => name.includes('.restore.'))
    return join(folder, name ?? 'none', 'restored.db')
  }
  while (openers(restored()).length === 0) await sleep(20)
  await child.kill()
  const deadline = Date.now() + 10_000
  while (openers(restored()).length > 0 && Date.now() < deadline) await sleep(20)
  assert.equal(existsSync(restored()), true)
  assert.deepEqual(openers(restored()), [])
})

test('SQL text that leaves no table is empty, whatever it made on the way', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'nothing.sql')
  writeFileSync(
    text,
    `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
     INSERT INTO t (a) VALUES (zeroblob(10000)); DROP TABLE t;`,
  )
  await assert.rejects(prepare(dialect, text), { code: 'BACKUP_DAMAGED', message: /empty/ })
})

test('text of PostgreSQL is told by its header, and only by that', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'dump.sql')
  const header = '--\n-- PostgreSQL database dump\n--\n'
  writeFileSync(text, `${header}\nCREATE TABLE t (a);`)
  await assert.rejects(prepare(dialect, text), { code: 'BACKUP_WRONG_DIALECT' })
  writeFileSync(text, `CREATE TABLE notes (a); INSERT INTO notes VALUES ('${header}');`)
  const prepared = await prepare(dialect, text)
  assert.deepEqual((await prepared.content()).rows, { notes: 1 })
  await prepared.discard()
})
