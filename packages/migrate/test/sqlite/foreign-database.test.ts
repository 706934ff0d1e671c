import assert from 'node:assert/strict'
import { copyFileSync, linkSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { contentOf, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database, temporaryFolder } from './support/database.ts'

test('a database whose last commits stand in a file beside it is refused, with the way out', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const other = temporaryFolder(t)
  const db = new DatabaseSync(join(other, 'source.db'))
  t.after(() => db.close())
  db.exec('PRAGMA journal_mode=WAL; CREATE TABLE t (a); PRAGMA wal_checkpoint; CREATE TABLE u (a)')
  const raw = join(other, 'foreign.db')
  for (const suffix of ['', '-wal']) copyFileSync(join(other, `source.db${suffix}`), raw + suffix)
  const link = join(folder, 'link.db')
  symlinkSync(raw, link)
  for (const path of [raw, link]) {
    await assert.rejects(prepare(dialect, path), {
      code: 'BACKUP_DAMAGED',
      message: /foreign\.db-wal/,
      hint: /sqlite3 FILE "\.backup COPY"/,
    })
  }
  writeFileSync(`${raw}-wal`, '')
  await (await prepare(dialect, raw)).discard()

  writeFileSync(`${raw}-journal`, Buffer.from('d9d505f920a163d7', 'hex'))
  await assert.rejects(prepare(dialect, raw), { code: 'BACKUP_DAMAGED', message: /-journal/ })
  // as journal_mode=PERSIST leaves one that is done with
  writeFileSync(`${raw}-journal`, Buffer.alloc(512))
  await (await prepare(dialect, raw)).discard()
})

test('the live database is no backup of itself, by whatever name', async (t) => {
  const { folder, file, dialect } = await database(t, SOME_ROWS)
  symlinkSync(file, join(folder, 'symbolic.db'))
  linkSync(file, join(folder, 'hard.db'))
  for (const path of [file, join(folder, 'symbolic.db'), join(folder, 'hard.db')]) {
    await assert.rejects(prepare(dialect, path), { code: 'BACKUP_NOT_FOUND', message: /itself/ })
  }
  assert.equal(
    readdirSync(folder).some((name) => name.includes('.restore.')),
    false,
  )
})

test('text in another encoding does not take the place under programs that read on', async (t) => {
  const { folder, writer, dialect } = await database(t, SOME_ROWS)
  const raw = join(folder, 'raw.db')
  const db = new DatabaseSync(raw)
  db.exec("PRAGMA encoding='UTF-16le'; CREATE TABLE t (a); INSERT INTO t VALUES ('ä')")
  db.close()
  const before = await contentOf(dialect, folder)
  const prepared = await prepare(dialect, raw)
  await assert.rejects(swap(prepared), {
    code: 'RESTORE_FAILED',
    message: /UTF-16le.*UTF-8/,
    hint: /--force/,
  })
  assert.deepEqual(await contentOf(dialect, folder), before)
  await writer.close()
  assert.equal((await swap(prepared, { force: true })).proof, 'digest')
  const reader = await dialect.openReader()
  assert.deepEqual((await reader.query('SELECT a FROM t')).rows, [{ a: 'ä' }])
  await reader.close()
})
