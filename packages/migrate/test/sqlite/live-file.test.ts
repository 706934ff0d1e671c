import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startChild } from './support/child.ts'
import { copy, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database, dialectOf, temporaryFolder } from './support/database.ts'

const isRoot = process.getuid?.() === 0
const asRoot = { skip: !isRoot && 'only root can give files away' }
const onLinux = {
  skip: process.platform !== 'linux' && 'who has a file open is known on Linux alone',
}

async function backedUp(t: TestContext) {
  const { writer, folder, file, dialect } = await database(t, SOME_ROWS)
  const raw = join(temporaryFolder(t), 'raw.db')
  await copy(dialect, raw)
  await writer.close()
  return { folder, file, dialect, raw }
}

test('what replaces a damaged database has its mode', async (t) => {
  const { file, dialect, raw } = await backedUp(t)
  writeFileSync(file, 'no database any more, and long enough to be taken for one')
  chmodSync(file, 0o664)
  await swap(await prepare(dialect, raw))
  assert.equal(statSync(file).mode & 0o777, 0o664)
})

test('what replaces a damaged database has its owner', asRoot, async (t) => {
  const { file, dialect, raw } = await backedUp(t)
  writeFileSync(file, 'no database any more, and long enough to be taken for one')
  chmodSync(file, 0o640)
  chownSync(file, 1234, 2345)
  await swap(await prepare(dialect, raw))
  const { uid, gid, mode } = statSync(file)
  assert.deepEqual([uid, gid, mode & 0o777], [1234, 2345, 0o640])
})

test('a database that this user may not read is told as that, with its path', asRoot, async (t) => {
  const { folder, file } = await backedUp(t)
  chmodSync(folder, 0o777)
  const look = async (): Promise<string[]> => {
    const child = await startChild(
      t,
      `import { createSqliteDialect } from ${JSON.stringify(import.meta.resolve('../../src/dialect/sqlite/dialect.ts'))}
       const file = ${JSON.stringify(file)}
       const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
       const told = []
       for (const act of [
         async () => { if (await dialect.exists()) await dialect.openReader() },
         () => dialect.backup.probe(),
         () => dialect.backup.restoreState(),
         () => dialect.openWriter({ runId: 'x', onNotice() {} }),
       ]) await act().then(() => told.push('done'), (e) => told.push(e.code + ' ' + e.message.includes(file)))
       console.log(told.join())`,
      { uid: 65534, gid: 65534 },
    )
    return child.line.trim().split(',')
  }
  chmodSync(file, 0o600)
  // a writer says what it would do
  const closed = [...Array(3).fill('PERMISSION_DENIED true'), 'READ_ONLY true']
  assert.deepEqual(await look(), closed)
  writeFileSync(`${file}-wal`, '')
  assert.deepEqual(await look(), closed)
  chmodSync(folder, 0o600)
  assert.deepEqual(await look(), closed)
})

test('a folder where the database should be is no damaged one, and stays', async (t) => {
  const { raw } = await backedUp(t)
  const folder = temporaryFolder(t)
  const dialect = dialectOf(join(folder, 'app.db'))
  mkdirSync(join(folder, 'app.db'))
  writeFileSync(join(folder, 'app.db', 'mine'), '')
  await assert.rejects(dialect.backup.restoreState(), { code: 'NOT_A_DATABASE' })
  await assert.rejects(prepare(dialect, raw), { code: 'NOT_A_DATABASE', message: /folder/ })
  assert.deepEqual(readdirSync(folder), ['app.db'])
  assert.deepEqual(readdirSync(join(folder, 'app.db')), ['mine'])
})

test('a folder that takes the place during the restore stays as well', async (t) => {
  const { folder, file, dialect, raw } = await backedUp(t)
  const prepared = await prepare(dialect, raw)
  rmSync(file)
  mkdirSync(file)
  await assert.rejects(swap(prepared), { code: 'NOT_A_DATABASE' })
  await prepared.discard()
  assert.deepEqual(readdirSync(folder), ['app.db'])
})

test(
  'a deleted database that a program still has open is replaced by force alone',
  onLinux,
  async (t) => {
    const { file, dialect, raw } = await backedUp(t)
    const child = await startChild(
      t,
      `import { DatabaseSync } from 'node:sqlite'
     const db = new DatabaseSync(${JSON.stringify(file)})
     console.log(db.prepare('SELECT count(*) AS n FROM t').get().n)
     setInterval(() => {}, 1000)`,
    )
    rmSync(file)
    const state = await dialect.backup.restoreState()
    assert.equal(state.live, 'missing')
    assert.deepEqual(
      state.clients.map(({ pid }) => pid),
      [child.process.pid],
    )
    const prepared = await prepare(dialect, raw)
    await assert.rejects(swap(prepared), {
      code: 'CLIENTS_CONNECTED',
      message: new RegExp(`deleted.*node \\(${child.process.pid}\\)`),
    })
    assert.equal(existsSync(file), false)
    await swap(prepared, { force: true })
    assert.equal((await dialect.backup.rows()).t, 200)
  },
)

for (const gone of [true, false]) {
  test(`what is left of a ${gone ? 'missing' : 'emptied'} database is put aside, and can be discarded`, async (t) => {
    const { folder, file, dialect, raw } = await backedUp(t)
    if (gone) rmSync(file)
    else writeFileSync(file, '')
    writeFileSync(`${file}-wal`, 'its last changes')
    writeFileSync(`${file}-shm`, '')
    const { previous } = await swap(await prepare(dialect, raw))
    assert.match(previous ?? '', /app\.db\.damaged-\d{8}_\d{6}-wal$/)
    assert.equal(readFileSync(previous ?? '', 'utf8'), 'its last changes')
    assert.equal((await dialect.backup.rows()).t, 200)
    assert.deepEqual(await dialect.backup.previous(), [previous])
    await dialect.backup.discardPrevious(previous ?? '')
    assert.deepEqual(readdirSync(folder), ['app.db'])
  })
}

test('files beside a missing database that hold nothing are not kept', async (t) => {
  const { folder, file, dialect, raw } = await backedUp(t)
  rmSync(file)
  for (const suffix of ['-wal', '-shm']) writeFileSync(`${file}${suffix}`, '')
  assert.equal((await swap(await prepare(dialect, raw))).previous, null)
  assert.deepEqual(readdirSync(folder), ['app.db'])
})
