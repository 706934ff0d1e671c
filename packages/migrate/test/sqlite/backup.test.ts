import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { assertComplete } from '../../src/dialect/sqlite/backup/copy.ts'
import { smallDisk } from '../backup/small-disk.ts'
import { startChild } from './support/child.ts'
import { copy, MANY_ROWS, SOME_ROWS } from './support/copies.ts'
import { database, dialectOf } from './support/database.ts'

const copies = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('copy'))

test('what a backup is made of is known before it is made', async (t) => {
  const { writer, dialect } = await database(t, MANY_ROWS)
  const wal = await dialect.backup.probe()
  assert.match(wal.serverVersion, /^3\.\d+\.\d+$/)
  assert.ok(wal.bytes > 20_000_000)
  assert.ok(wal.growth > wal.bytes / 20 && wal.growth < wal.bytes)
  await writer.query('PRAGMA journal_mode=DELETE')
  const { bytes, growth } = await dialect.backup.probe()
  assert.deepEqual({ bytes, growth }, { bytes: wal.bytes, growth: 0 })
})

test('a copy holds every row, is private, says what it holds, and leaves nothing beside it', async (t) => {
  const { writer, folder, dialect } = await database(
    t,
    `${MANY_ROWS}; CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a')`,
  )
  const file = join(folder, 'copy.db')
  const phases: string[] = []
  const seen: unknown[] = []
  const content = await copy(dialect, file, {
    onProgress: (phase, done, total) => {
      if (phases.at(-1) !== phase) assert.equal(done, 0)
      if (phases.at(-1) !== phase) phases.push(phase)
      assert.ok(done <= total)
    },
    look: async (session) => {
      seen.push(...(await session.query('SELECT count(*) AS n FROM t')).rows)
      await assert.rejects(session.query('DELETE FROM t'), { code: 'READ_ONLY' })
    },
  })
  assert.deepEqual(phases, ['copy', 'check'])
  assert.deepEqual(seen, [{ n: 60000 }])
  assert.equal(content.rows.t, 60000)
  assert.equal('words' in content.rows, false)
  assert.equal('words_content' in content.rows, false)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(copies(folder), ['copy.db'])
  const reader = await dialectOf(file).openReader()
  const sums = 'SELECT count(*) AS n, sum(length(a)) AS bytes FROM t'
  assert.deepEqual((await reader.query(sums)).rows, (await writer.query(sums)).rows)
  await reader.close()
  assert.deepEqual(await dialect.backup.rows(), content.rows)
})

test('a copy that is packed is handed on whole and not kept', async (t) => {
  const { folder, dialect } = await database(t, MANY_ROWS)
  const kept = join(folder, 'copy-kept.db')
  await copy(dialect, kept)
  const hash = createHash('sha256')
  const phases = new Set<string>()
  await copy(dialect, join(folder, 'copy.db'), {
    onProgress: (phase) => phases.add(phase),
    pack: async (raw) => {
      for await (const chunk of raw) hash.update(chunk)
    },
  })
  assert.deepEqual([...phases], ['copy', 'check', 'pack'])
  assert.equal(hash.digest('hex'), createHash('sha256').update(readFileSync(kept)).digest('hex'))
  assert.deepEqual(copies(folder), ['copy-kept.db'])
})

test('what fails while packing or looking is told as it is, and leaves no copy', async (t) => {
  const { folder, dialect } = await database(t, MANY_ROWS)
  const file = join(folder, 'copy.db')
  const broken = new Error('broken')
  const fail = () => Promise.reject(broken)
  await assert.rejects(copy(dialect, file, { pack: fail }), broken)
  await assert.rejects(copy(dialect, file, { look: fail }), broken)
  await assert.rejects(copy(dialect, file, { pack: async () => {} }), { code: 'BACKUP_FAILED' })
  assert.deepEqual(copies(folder), [])
})

test('a copy ends while another process commits all the time, and is one state', async (t) => {
  const { folder, file, dialect } = await database(
    t,
    `${MANY_ROWS}; CREATE TABLE pair (a INTEGER, b INTEGER); INSERT INTO pair VALUES (0, 0)`,
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
  const out = join(folder, 'copy.db')
  const totals = new Set<number>()
  let done = 0
  await copy(dialect, out, {
    onProgress(phase, now, total) {
      if (phase !== 'copy') return
      // a restart would begin again
      assert.ok(now >= done)
      done = now
      totals.add(total)
    },
  })
  assert.equal(totals.size, 1)
  const reader = await dialectOf(out).openReader()
  assert.deepEqual((await reader.query('SELECT a = b AS same FROM pair')).rows, [{ same: 1 }])
  await reader.close()
})

test('without WAL a copy begins again when others commit, and ends once they pause', async (t) => {
  const { writer, file, folder, dialect } = await database(t, `${MANY_ROWS}; CREATE TABLE n (i)`)
  await writer.query('PRAGMA journal_mode=DELETE')
  const other = new DatabaseSync(file)
  let commits = 0
  const content = await copy(dialect, join(folder, 'copy.db'), {
    onProgress(phase, done) {
      if (phase === 'copy' && done > 0 && commits < 5) {
        commits++
        other.exec('INSERT INTO n VALUES (1)')
      }
    },
  })
  other.close()
  assert.equal(content.rows.n, 5)
})

test('without WAL, commits that never pause end a copy with the reason and a way out', async (t) => {
  const { writer, file, folder, dialect } = await database(t, `${MANY_ROWS}; CREATE TABLE n (i)`)
  await writer.query('PRAGMA journal_mode=DELETE')
  const other = new DatabaseSync(file)
  const copying = copy(dialect, join(folder, 'copy.db'), {
    onProgress: () => other.exec('INSERT INTO n VALUES (1)'),
  })
  await assert.rejects(copying, (error: { code: string; message: string; hint: string }) => {
    assert.equal(error.code, 'DATABASE_BUSY')
    assert.match(error.message, /rollback-journal mode/)
    assert.match(error.hint, /journal_mode=WAL/)
    return true
  })
  other.close()
  assert.deepEqual(copies(folder), [])
})

test('a source that is held exclusively is busy; no copy is left that says nothing', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.query('BEGIN EXCLUSIVE')
  const file = join(folder, 'copy.db')
  await assert.rejects(copy(dialect, file), { code: 'DATABASE_BUSY' })
  assert.deepEqual(copies(folder), [])
  await writer.query('ROLLBACK')
})

test('a source that is held from the first step on is busy, though SQLite calls it no error', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.query('PRAGMA journal_mode=DELETE')
  let held = false
  const copying = copy(dialect, join(folder, 'copy.db'), {
    onProgress() {
      if (held) return
      held = true
      writer.query('BEGIN EXCLUSIVE')
    },
  })
  await assert.rejects(copying, { code: 'DATABASE_BUSY', message: /let nothing be read/ })
  assert.deepEqual(copies(folder), [])
  await writer.query('ROLLBACK')
})

test('a copy that reports success and wrote too little is refused', async (t) => {
  const { folder } = await database(t)
  const file = join(folder, 'copy.db')
  const refused = { code: 'BACKUP_FAILED' }
  assert.throws(() => assertComplete(file, 3, 4096), refused)
  writeFileSync(file, Buffer.alloc(2 * 4096))
  assert.throws(() => assertComplete(file, 3, 4096), refused)
  assert.throws(() => assertComplete(file, 0, 4096), refused)
  assertComplete(file, 2, 4096)
})

for (const phase of ['copy', 'check', 'pack']) {
  test(`a copy that is interrupted in the phase '${phase}' leaves no file`, async (t) => {
    const { folder, dialect } = await database(t, MANY_ROWS)
    const controller = new AbortController()
    const copying = copy(dialect, join(folder, 'copy.db'), {
      onProgress: (now) => now === phase && controller.abort(),
      signal: controller.signal,
      pack: async (raw) => {
        for await (const _ of raw);
      },
    })
    await assert.rejects(copying, { code: 'INTERRUPTED' })
    assert.deepEqual(copies(folder), [])
  })
}

test('a file that is there already is neither overwritten nor removed', async (t) => {
  const { folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  const file = join(folder, 'copy.db')
  writeFileSync(file, 'mine')
  await assert.rejects(copy(dialect, file), { code: 'BACKUP_FAILED' })
  assert.equal(readFileSync(file, 'utf8'), 'mine')
})

test('a disk that fills leaves no part of a copy', async (t) => {
  const disk = smallDisk(t, 4096)
  if (!disk) return
  const { dialect } = await database(t, MANY_ROWS)
  await assert.rejects(copy(dialect, join(disk, 'copy.db')), { code: 'DISK_FULL' })
  assert.deepEqual(readdirSync(disk), [])
})

test('a database with a broken page is not backed up as if it were sound', async (t) => {
  const { writer, file, folder, dialect } = await database(t, SOME_ROWS)
  await writer.close()
  const bytes = readFileSync(file)
  bytes.fill(0xab, 4096 * 3, 4096 * 4)
  writeFileSync(file, bytes)
  await assert.rejects(copy(dialect, join(folder, 'copy.db')), { code: 'BACKUP_FAILED' })
  assert.equal(existsSync(join(folder, 'copy.db')), false)
})
