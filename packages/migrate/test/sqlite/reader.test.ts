import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { startChild } from './support/child.ts'
import { database, dialectOf, temporaryFolder } from './support/database.ts'

/** Everything in a folder: names, bytes, and when each was changed. */
const state = (folder: string) =>
  readdirSync(folder).map((name) => {
    const file = join(folder, name)
    return { name, mtime: statSync(file).mtimeMs, bytes: readFileSync(file).toString('base64') }
  })

test('reading a WAL database at rest leaves no file beside it and changes none', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.close()
  const before = state(folder)
  assert.deepEqual(
    before.map(({ name }) => name),
    ['app.db'],
  )
  const reader = await dialect.openReader()
  assert.deepEqual((await reader.query('SELECT * FROM t')).rows, [])
  await assert.rejects(reader.query('INSERT INTO t VALUES (1)'), { code: 'READ_ONLY' })
  await reader.close()
  assert.deepEqual(state(folder), before)
})

test('reading beside a writer sees its commits and changes none of its files', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  const before = state(folder)
  const reader = await dialect.openReader()
  assert.deepEqual((await reader.query('SELECT * FROM t')).rows, [])
  await reader.close()
  const names = ['app.db', 'app.db-shm', 'app.db-wal']
  assert.deepEqual(
    before.map(({ name }) => name),
    names,
  )
  // -shm holds the readers' marks: shared memory, not data
  const data = (all: typeof before) => all.filter(({ name }) => !name.endsWith('-shm'))
  assert.deepEqual(data(state(folder)), data(before))
  await writer.close()
})

test('a database without WAL is read without a trace', async (t) => {
  const { writer, folder, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.close()
  const before = state(folder)
  const reader = await dialect.openReader()
  await reader.query('SELECT * FROM t')
  await reader.close()
  assert.deepEqual(state(folder), before)
})

for (const journal of ['WAL', 'DELETE']) {
  test(`a ${journal} database in a folder that cannot be written is read`, async (t) => {
    const { writer, folder, file } = await database(t, 'CREATE TABLE t (a)')
    await writer.query(`PRAGMA journal_mode=${journal}`)
    await writer.close()
    chmodSync(file, 0o444)
    chmodSync(folder, 0o555)
    try {
      // root may write everywhere, so the reader is somebody else
      const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
      const module = pathToFileURL(join(import.meta.dirname, '../../src/dialect/sqlite/dialect.ts'))
      const { line } = await startChild(
        t,
        `import { createSqliteDialect } from ${JSON.stringify(module.href)}
       const file = ${JSON.stringify(file)}
       const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
       const reader = await dialect.openReader()
       const { rows } = await reader.query('SELECT name FROM sqlite_schema')
       await reader.close()
       const refused = await dialect.openWriter({ runId: 'x', onNotice() {} }).catch((e) => e.code)
       const holder = await dialect.lockHolder()
       console.log(JSON.stringify({ rows, refused, holder }))`,
        nobody,
      )
      assert.deepEqual(JSON.parse(line), {
        rows: [{ name: 't' }],
        refused: 'READ_ONLY',
        holder: null,
      })
      assert.deepEqual(readdirSync(folder), ['app.db'])
    } finally {
      chmodSync(folder, 0o755)
    }
  })
}

test('a missing file and a file of no bytes are no database, and none is made', async (t) => {
  const folder = temporaryFolder(t)
  const dialect = dialectOf(join(folder, 'missing.db'))
  assert.equal(await dialect.exists(), false)
  await assert.rejects(dialect.openReader(), { code: 'DATABASE_MISSING' })
  assert.equal(await dialect.lockHolder(), null)
  assert.deepEqual(readdirSync(folder), [])
  writeFileSync(join(folder, 'missing.db'), '')
  assert.equal(await dialect.exists(), false)
})

test('what is no database is refused, and so is a folder that is not there', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'text.db'), 'This is a letter, not a database. '.repeat(100))
  mkdirSync(join(folder, 'folder.db'))
  const options = { runId: 'x', onNotice() {} }
  for (const name of ['text.db', 'folder.db']) {
    const dialect = dialectOf(join(folder, name))
    await assert.rejects(dialect.openReader(), { code: 'NOT_A_DATABASE' })
    await assert.rejects(dialect.openWriter(options), { code: 'NOT_A_DATABASE' })
  }
  const nowhere = dialectOf(join(folder, 'none/app.db'))
  await assert.rejects(nowhere.openWriter(options), {
    code: 'DATABASE_MISSING',
    message: new RegExp(`The folder ${join(folder, 'none')} does not exist`),
  })
})

test('a new database is its owner’s alone', async (t) => {
  const { file } = await database(t, 'CREATE TABLE t (a)')
  for (const name of [file, `${file}-wal`]) assert.equal(statSync(name).mode & 0o777, 0o600)
})

test('a writer takes the present journal mode where others are connected', async (t) => {
  const { writer, file, dialect } = await database(t, 'CREATE TABLE t (a)')
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.close()
  const reader = await dialect.openReader()
  await reader.query('BEGIN')
  await reader.query('SELECT * FROM t')
  const second = await dialectOf(file).openWriter({ runId: 'x', onNotice() {} })
  assert.deepEqual((await second.query('PRAGMA journal_mode')).rows, [{ journal_mode: 'delete' }])
  await reader.close()
  await second.query('INSERT INTO t VALUES (1)')
  await second.close()
})
