import assert from 'node:assert/strict'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Blocker } from '../../src/events.ts'
import { startChild } from './support/child.ts'
import { contentOf, copy, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { type Database, database } from './support/database.ts'

const ERAS = `${SOME_ROWS}; CREATE TABLE era (name TEXT); INSERT INTO era VALUES ('old');
  CREATE TABLE log (who TEXT, era TEXT)`

interface Prospect extends Database {
  /** A copy of an era that the live database is no longer in. */
  readonly raw: string
}

/** A database in the era 'new', with a backup of the era 'old': what a restore brings back is 'old'. */
async function prospect(t: TestContext): Promise<Prospect> {
  const made = await database(t, ERAS)
  const raw = join(made.folder, 'raw.db')
  await copy(made.dialect, raw)
  await made.writer.query("UPDATE era SET name = 'new'; DELETE FROM t WHERE id > 100")
  return { ...made, raw }
}

const connection = (t: TestContext, file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 0 })
  t.after(() => db.close())
  return db
}

const eraOf = (db: DatabaseSync): unknown => db.prepare('SELECT name FROM era').get()?.name

test('three writers that never stop all see the restored data, and none brings the old back', async (t) => {
  const { writer, file, dialect, raw } = await prospect(t)
  const children = await Promise.all(
    ['a', 'b', 'c'].map((who) =>
      startChild(
        t,
        `import { DatabaseSync } from 'node:sqlite'
         const db = new DatabaseSync(${JSON.stringify(file)}, { timeout: 10000 })
         let before
         setInterval(() => {
           db.exec('BEGIN IMMEDIATE')
           const { name } = db.prepare('SELECT name FROM era').get()
           db.prepare('INSERT INTO log VALUES (?, ?)').run('${who}', name)
           db.exec('COMMIT')
           if (name !== before) console.log(name)
           before = name
         }, 3)`,
      ),
    ),
  )
  assert.deepEqual(
    children.map(({ line }) => line.trim()),
    ['new', 'new', 'new'],
  )
  const restored = children.map(
    (child) => new Promise((resolve) => child.process.stdout?.once('data', resolve)),
  )
  let saves = 0
  await swap(await prepare(dialect, raw), {
    waitMs: 30_000,
    save: async () => {
      saves++
    },
  })
  assert.deepEqual((await Promise.all(restored)).map(String), ['old\n', 'old\n', 'old\n'])
  for (const child of children) await child.kill()
  assert.ok(saves > 0)
  const { rows } = await writer.query('SELECT DISTINCT who, era FROM log ORDER BY who')
  assert.deepEqual(rows, [
    { who: 'a', era: 'old' },
    { who: 'b', era: 'old' },
    { who: 'c', era: 'old' },
  ])
  assert.deepEqual((await writer.query('PRAGMA integrity_check')).rows, [{ integrity_check: 'ok' }])
  assert.equal((await dialect.backup.rows()).t, 200)
})

test('what is committed between the safety backup and the swap makes the safety backup stale', async (t) => {
  // a commit at each moment that this process knows between the two
  for (let after = 0; after < 12; after++) {
    await t.test(`${after} turns after the safety backup`, async (t) => {
      const { file, dialect, raw } = await prospect(t)
      const other = connection(t, file)
      let committed = 0
      let turns = 0
      let saved: unknown
      const commit = (): void => {
        if (turns++ >= after) {
          try {
            other.exec("INSERT INTO log VALUES ('other', 'new')")
            committed++
            return
          } catch {
            // held; the next turn may be the one
          }
        }
        if (turns < 50) queueMicrotask(commit)
      }
      await swap(await prepare(dialect, raw), {
        save: async () => {
          saved = other.prepare('SELECT count(*) AS n FROM log').get()?.n
          if (committed === 0) queueMicrotask(commit)
        },
      })
      assert.equal(saved, committed)
      assert.equal(eraOf(other), 'old')
      assert.equal(other.prepare('SELECT count(*) AS n FROM log').get()?.n, 0)
    })
  }
})

test('a safety backup that is stale each time ends the restore with nothing changed', async (t) => {
  const { folder, file, dialect, raw } = await prospect(t)
  const other = connection(t, file)
  let saves = 0
  const swapping = swap(await prepare(dialect, raw), {
    save: async () => {
      saves++
      const commit = (): void => {
        try {
          other.exec("INSERT INTO log VALUES ('other', 'new')")
        } catch {
          queueMicrotask(commit)
        }
      }
      queueMicrotask(commit)
    },
  })
  await assert.rejects(swapping, { code: 'DATABASE_BUSY', message: /after each of/ })
  assert.equal(saves, 10)
  assert.equal(eraOf(other), 'new')
  assert.equal((await contentOf(dialect, folder)).rows.log, 10)
})

test('an open writer that does not end in time is named, and nothing is changed', async (t) => {
  const { folder, file, dialect, raw } = await prospect(t)
  const before = await contentOf(dialect, folder)
  const child = await startChild(
    t,
    `import { DatabaseSync } from 'node:sqlite'
     const db = new DatabaseSync(${JSON.stringify(file)})
     db.exec('BEGIN IMMEDIATE')
     console.log('holding')
     setInterval(() => {}, 1000)`,
  )
  const told: Blocker[] = []
  let saves = 0
  const prepared = await prepare(dialect, raw)
  const options = {
    save: async () => {
      saves++
    },
    onWaiting: (blockers: readonly Blocker[]) => told.push(...blockers),
  }
  await assert.rejects(swap(prepared, { ...options, waitMs: 1500 }), { code: 'DATABASE_BUSY' })
  assert.equal(saves, 0)
  if (process.platform === 'linux') {
    assert.deepEqual(
      told.map(({ pid, state }) => [pid, state]),
      [[child.process.pid, 'node']],
    )
    // whoever has a sound database open need not go
    assert.deepEqual((await dialect.backup.restoreState()).clients, [])
  }
  assert.deepEqual(await contentOf(dialect, folder), before)
  await child.kill()
  await swap(prepared, options)
  assert.equal(saves, 1)
})

test('a writer that ends while the restore waits is waited for', async (t) => {
  const { file, dialect, raw } = await prospect(t)
  const other = connection(t, file)
  other.exec("BEGIN IMMEDIATE; INSERT INTO log VALUES ('other', 'new')")
  const swapping = swap(await prepare(dialect, raw), { onWaiting: () => other.exec('COMMIT') })
  assert.deepEqual(await swapping, { previous: null, proof: 'digest', notes: [] })
  assert.equal(eraOf(other), 'old')
})

test('a reader keeps its state until its transaction ends, and then sees the restored data', async (t) => {
  const { file, dialect, raw } = await prospect(t)
  const reader = connection(t, file)
  reader.exec('BEGIN')
  assert.equal(eraOf(reader), 'new')
  await swap(await prepare(dialect, raw))
  assert.equal(eraOf(reader), 'new')
  reader.exec('COMMIT')
  assert.equal(eraOf(reader), 'old')
})

test('a database without WAL is replaced too, but not under a reader', async (t) => {
  const { writer, folder, file, dialect, raw } = await prospect(t)
  await writer.query('PRAGMA journal_mode=DELETE')
  const reader = connection(t, file)
  const before = await contentOf(dialect, folder)
  reader.exec('BEGIN')
  assert.equal(eraOf(reader), 'new')
  const prepared = await prepare(dialect, raw)
  await assert.rejects(swap(prepared, { waitMs: 200 }), { code: 'DATABASE_BUSY' })
  assert.deepEqual(await contentOf(dialect, folder), before)
  reader.exec('COMMIT')
  await swap(prepared)
  assert.equal(eraOf(reader), 'old')
})

test('a safety backup that fails, and an interruption, change nothing and hold nothing', async (t) => {
  const { folder, file, dialect, raw } = await prospect(t)
  const before = await contentOf(dialect, folder)
  const prepared = await prepare(dialect, raw)
  const broken = new Error('broken')
  await assert.rejects(swap(prepared, { save: () => Promise.reject(broken) }), broken)
  const controller = new AbortController()
  const { signal } = controller
  await assert.rejects(swap(prepared, { signal, save: async () => controller.abort() }), {
    code: 'INTERRUPTED',
  })
  assert.deepEqual(await contentOf(dialect, folder), before)
  connection(t, file).exec("INSERT INTO log VALUES ('other', 'new')")
  await prepared.discard()
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.restore.')),
    [],
  )
})

test('what is still open of the prepared copy keeps it from being swapped', async (t) => {
  const { folder, dialect, raw } = await prospect(t)
  const before = await contentOf(dialect, folder)
  const prepared = await prepare(dialect, raw)
  const writer = await prepared.dialect.openWriter({ runId: 'test', onNotice() {} })
  await writer.query("INSERT INTO log VALUES ('restore', 'old')")
  await assert.rejects(swap(prepared), { code: 'RESTORE_FAILED', message: /still open/ })
  assert.deepEqual(await contentOf(dialect, folder), before)
  await writer.close()
  await swap(prepared)
  assert.equal((await dialect.backup.rows()).log, 1)
})

test('the file keeps its mode', async (t) => {
  const { file, dialect, raw } = await prospect(t)
  chmodSync(file, 0o640)
  await swap(await prepare(dialect, raw))
  assert.equal(statSync(file).mode & 0o777, 0o640)
})
