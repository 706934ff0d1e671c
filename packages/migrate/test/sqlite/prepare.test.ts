import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { smallDisk } from '../backup/small-disk.ts'
import { startChild } from './support/child.ts'
import { contentOf, copy, MANY_ROWS, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database, dialectOf } from './support/database.ts'

const restores = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.includes('.restore.'))

test('a copy is restored beside the live database, private, equal, and can be written to', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const raw = join(folder, 'raw.db')
  const content = await copy(dialect, raw)
  const steps: [number, number][] = []
  const prepared = await prepare(dialect, raw, { onProgress: (...step) => steps.push(step) })
  const [name = ''] = restores(folder)
  assert.equal(name.startsWith(`.app.db.restore.${hostname()}.${process.pid}.`), true)
  assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700)
  assert.equal(statSync(join(folder, name, 'restored.db')).mode & 0o777, 0o600)
  assert.deepEqual(await prepared.content(), content)
  const { size } = statSync(raw)
  assert.deepEqual(
    [steps.at(0), steps.at(-1)],
    [
      [0, size],
      [size, size],
    ],
  )
  const writer = await prepared.dialect.openWriter({ runId: 'test', onNotice() {} })
  await writer.query('INSERT INTO t (a) VALUES (1)')
  await writer.close()
  assert.equal((await prepared.content()).rows.t, 200, 'as it was restored')
  await prepared.discard()
  assert.deepEqual(restores(folder), [])
})

test('a restore test goes to the folder for temporary files and never takes a place', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const raw = join(folder, 'raw.db')
  const content = await copy(dialect, raw)
  const prepared = await prepare(dialect, raw, { swappable: false })
  assert.deepEqual(restores(folder), [])
  assert.deepEqual(await prepared.content(), content)
  await assert.rejects(swap(prepared), { code: 'INTERNAL' })
  await prepared.discard()
  const ours = `migrate-restore.${hostname()}.${process.pid}.`
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith(ours)),
    [],
  )
})

test('a copy with a broken page, a broken index or no tables is refused', async (t) => {
  const { writer, folder, dialect } = await database(
    t,
    `${SOME_ROWS}; CREATE INDEX i ON t (a); CREATE TABLE z (a)`,
  )
  const raw = join(folder, 'raw.db')
  const { rows } = await writer.query<{ rootpage: number }>(
    "SELECT rootpage FROM sqlite_schema WHERE name = 'i'",
  )
  await copy(dialect, raw)
  const sound = readFileSync(raw)
  const broken = Buffer.from(sound)
  broken.fill(0xab, 4096 * 3, 4096 * 4)
  writeFileSync(raw, broken)
  await assert.rejects(prepare(dialect, raw), { code: 'BACKUP_DAMAGED' })

  // a page that is in order, and says nothing of the table: only the full check sees it
  const db = new DatabaseSync(join(folder, 'index.db'))
  db.exec(`${SOME_ROWS}; CREATE INDEX i ON t (id % 10)`)
  db.enableDefensive(false)
  db.exec(`PRAGMA writable_schema=ON;
    UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t (id % 11)' WHERE name = 'i'`)
  db.close()
  await assert.rejects(prepare(dialect, join(folder, 'index.db')), {
    code: 'BACKUP_DAMAGED',
    message: /missing from index i/,
  })
  assert.equal(rows.length, 1)

  const empty = new DatabaseSync(join(folder, 'empty.db'))
  empty.exec('PRAGMA user_version=1')
  empty.close()
  await assert.rejects(prepare(dialect, join(folder, 'empty.db')), {
    code: 'BACKUP_DAMAGED',
    message: /empty/,
  })
  assert.deepEqual(restores(folder), [])
})

test('a folder that a killed restore left is removed by the next one, one of the living is not', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const raw = join(folder, 'raw.db')
  await copy(dialect, raw)
  const ended = spawnSync(process.execPath, ['--version']).pid
  const living = `.app.db.restore.${hostname()}.${process.ppid}.0123abab`
  const elsewhere = `.app.db.restore.other-${hostname()}.${ended}.0123abab`
  const working = `.app.db.restore.other-${hostname()}.${ended}.0123abcd`
  const old = `.app.db.restore.other-${hostname()}.${ended}.0123abef`
  const dead = `.app.db.restore.${hostname()}.${ended}.0123abab`
  for (const name of [dead, living, elsewhere, working, old]) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'restored.db'), 'part')
  }
  const threeDaysAgo = Date.now() / 1000 - 3 * 86_400
  utimesSync(join(folder, old, 'restored.db'), threeDaysAgo, threeDaysAgo)
  for (const name of [living, working, old]) {
    utimesSync(join(folder, name), threeDaysAgo, threeDaysAgo)
  }
  const prepared = await prepare(dialect, raw)
  await prepared.discard()
  assert.deepEqual(restores(folder).sort(), [living, elsewhere, working].sort())
})

test('an interrupted restore and a full disk leave nothing', async (t) => {
  const { folder, dialect } = await database(t, MANY_ROWS)
  const raw = join(folder, 'raw.db')
  await copy(dialect, raw)
  const controller = new AbortController()
  const preparing = prepare(dialect, raw, {
    onProgress: (done) => done > 0 && controller.abort(),
    signal: controller.signal,
  })
  await assert.rejects(preparing, { code: 'INTERRUPTED' })
  assert.deepEqual(restores(folder), [])
  const disk = smallDisk(t, 4096)
  if (!disk) return
  await assert.rejects(prepare(dialectOf(join(disk, 'app.db')), raw), { code: 'DISK_FULL' })
  assert.deepEqual(readdirSync(disk), [])
})

test('a restore that is killed leaves the live database alone, and its folder to the next', async (t) => {
  const { folder, file, dialect } = await database(t, MANY_ROWS)
  const raw = join(folder, 'raw.db')
  const content = await copy(dialect, raw)
  const child = await startChild(
    t,
    `import { createSqliteDialect } from ${JSON.stringify(import.meta.resolve('../../src/dialect/sqlite/dialect.ts'))}
     const file = ${JSON.stringify(file)}
     const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
     const { signal } = new AbortController()
     let told = false
     await dialect.backup.prepare(${JSON.stringify(raw)}, {
       swappable: true, signal,
       onProgress(done, total) { if (done > total / 2 && !told) { told = true; console.log('half') } },
     })
     console.log('prepared')
     setInterval(() => {}, 1000)`,
  )
  await child.kill()
  assert.equal(restores(folder).length, 1)
  assert.deepEqual(await contentOf(dialect, folder), content)
  await (await prepare(dialect, raw)).discard()
  assert.deepEqual(restores(folder), [])
})

const dump = `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
INSERT INTO t VALUES(1,'it''s; -- one'),(2,'zwei');
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1 WHERE id = 0; END;
COMMIT;
`

test('the text that .dump writes is restored', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE other (a)')
  const text = join(folder, 'dump.sql')
  writeFileSync(text, dump)
  await swap(await prepare(dialect, text))
  assert.deepEqual((await writer.query('SELECT a FROM v ORDER BY a')).rows, [
    { a: "it's; -- one" },
    { a: 'zwei' },
  ])
})

const noShell =
  process.env.CI !== 'true' &&
  spawnSync('sqlite3', ['--version']).status !== 0 &&
  'sqlite3 is not installed: apt-get install sqlite3'

test('what the sqlite3 shell dumps is what is restored', { skip: noShell }, async (t) => {
  const { folder, file, dialect } = await database(
    t,
    `${SOME_ROWS}; CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('ä
     b'), (NULL); CREATE TABLE b (x BLOB); INSERT INTO b VALUES (x'00ff'), (1.5), (-0.1), (NULL)`,
  )
  const text = join(folder, 'dump.sql')
  writeFileSync(text, execFileSync('sqlite3', [file, '.dump'], { maxBuffer: 1 << 28 }))
  const before = await dialect.backup.rows()
  await swap(await prepare(dialect, text))
  assert.deepEqual(await dialect.backup.rows(), before)
})

test('SQL text that reaches out of its database is refused and reaches nothing', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'evil.sql')
  const target = join(folder, 'stolen.db')
  const before = readdirSync(folder)
  for (const evil of [
    `ATTACH '${target}' AS x; CREATE TABLE x.t (a);`,
    `CREATE TABLE t (a); VACUUM INTO '${target}';`,
    `SELECT load_extension('/tmp/evil.so');`,
    `PRAGMA temp_store_directory = '/';`,
    'DETACH main;',
  ]) {
    writeFileSync(text, evil)
    await assert.rejects(
      prepare(dialect, text),
      { code: 'RESTORE_FAILED', message: /refused/ },
      evil,
    )
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name !== 'evil.sql'),
    before,
  )
})

test('text that is cut, empty, no SQL, or of PostgreSQL is told apart', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const text = join(folder, 'text.sql')
  const cases: [string, string | Buffer, RegExp][] = [
    ['BACKUP_DAMAGED', dump.replace('COMMIT;', ''), /middle of its transaction/],
    ['BACKUP_DAMAGED', dump.slice(0, 100), /incomplete input|unrecognized token/],
    ['BACKUP_DAMAGED', 'Dear diary', /near "Dear"/],
    ['BACKUP_DAMAGED', '-- nothing\n', /empty/],
    ['BACKUP_DAMAGED', 'CREATE TABLE t (a);\0CREATE TABLE u (a);', /neither/],
    ['BACKUP_DAMAGED', `CREATE TABLE t (a); -- ${'x'.repeat(70_000)}\0`, /NUL/],
    ['BACKUP_DAMAGED', Buffer.from([0x43, 0xff, 0xfe, 0x43]), /UTF-8/],
    ['BACKUP_WRONG_DIALECT', '--\n-- PostgreSQL database dump\n--\nSET x = 0;', /PostgreSQL/],
    ['BACKUP_WRONG_DIALECT', '\\restrict abc\n\nSET x = 0;', /PostgreSQL/],
    [
      'BACKUP_WRONG_DIALECT',
      'CREATE TABLE t (a);\nCOPY public.t (a) FROM stdin;\n1\n\\.\n',
      /Post/,
    ],
  ]
  for (const [code, content, message] of cases) {
    writeFileSync(text, content)
    await assert.rejects(prepare(dialect, text), { code, message }, String(content).slice(0, 80))
  }
  truncateSync(text, (256 << 20) + 1)
  await assert.rejects(prepare(dialect, text), { code: 'RESTORE_FAILED', message: /more than/ })
  assert.deepEqual(restores(folder), [])
})
