import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { startChild } from './support/child.ts'
import { contentOf, copy, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database } from './support/database.ts'

/** A database at rest that is in rollback-journal mode, and a backup of it. */
async function withoutWal(t: TestContext) {
  const { writer, folder, file, dialect } = await database(t, SOME_ROWS)
  const raw = join(folder, 'raw.db')
  const content = await copy(dialect, raw)
  await writer.query('DELETE FROM t WHERE id > 100')
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.close()
  return { folder, file, dialect, raw, content }
}

/** As its header says: 2 is WAL. */
const isWal = (file: string): boolean => readFileSync(file)[18] === 2

test('a restore leaves a database without WAL without it', async (t) => {
  const { folder, file, dialect, raw, content } = await withoutWal(t)
  const prepared = await prepare(dialect, raw)
  // what the restore writes into the live database's journal changes no mode either
  const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
  await writer.close()
  assert.equal(isWal(file), false)
  assert.equal((await swap(prepared)).proof, 'digest')
  assert.equal(isWal(file), false)
  assert.deepEqual(await contentOf(dialect, folder), content)
  const later = await dialect.openWriter({ runId: 'test', onNotice() {} })
  await later.close()
  assert.equal(isWal(file), true, 'a run of migrations changes it as ever')
})

test('a restore that fails leaves a database without WAL without it', async (t) => {
  const { folder, file, dialect, raw } = await withoutWal(t)
  const before = await contentOf(dialect, folder)
  const prepared = await prepare(dialect, raw)
  const broken = new Error('broken')
  await assert.rejects(swap(prepared, { save: () => Promise.reject(broken) }), broken)
  assert.equal(isWal(file), false)
  const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
  await writer.close()
  assert.equal(isWal(file), false)
  assert.deepEqual(await contentOf(dialect, folder), before)
  await prepared.discard()
})

test('a database with WAL keeps it, and so does one that others have open meanwhile', async (t) => {
  const { file, dialect, raw } = await withoutWal(t)
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  const prepared = await prepare(dialect, raw)
  await swap(prepared, {
    save: async () => {
      other.prepare('SELECT count(*) FROM t').get()
    },
  })
  assert.equal(isWal(file), true)
  assert.equal(other.prepare('SELECT count(*) AS n FROM t').get()?.n, 200)
  await swap(await prepare(dialect, raw))
  assert.equal(isWal(file), true)
})

test('without WAL a reader is in the way, and is what the message speaks of', async (t) => {
  const { file, dialect, raw } = await withoutWal(t)
  const child = await startChild(
    t,
    `import { DatabaseSync } from 'node:sqlite'
     const db = new DatabaseSync(${JSON.stringify(file)})
     db.exec('BEGIN')
     db.prepare('SELECT count(*) FROM t').get()
     console.log('reading')
     setInterval(() => {}, 1000)`,
  )
  const prepared = await prepare(dialect, raw)
  await assert.rejects(swap(prepared, { waitMs: 200 }), ({ code, message, hint }) => {
    assert.equal(code, 'DATABASE_BUSY')
    assert.match(message, /reader/)
    assert.match(hint, /read/)
    if (process.platform === 'linux')
      assert.match(message, new RegExp(`\\(${child.process.pid}\\)`))
    return true
  })
  await prepared.discard()
})
