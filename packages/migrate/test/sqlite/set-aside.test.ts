import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startChild } from './support/child.ts'
import { contentOf, copy, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { type Database, database, dialectOf, temporaryFolder } from './support/database.ts'

/** A database at rest and a backup of it. */
async function backedUp(t: TestContext): Promise<Omit<Database, 'writer'> & { raw: string }> {
  const { writer, folder, file, dialect } = await database(t, SOME_ROWS)
  const raw = join(temporaryFolder(t), 'raw.db')
  await copy(dialect, raw)
  await writer.close()
  return { folder, file, dialect, raw }
}

/** A page in the middle, so that the file opens like a sound one. */
function breakPage(file: string): void {
  const bytes = readFileSync(file)
  bytes.fill(0xab, 4096 * 3, 4096 * 4)
  writeFileSync(file, bytes)
}

const live = async ({ dialect }: Pick<Database, 'dialect'>) =>
  (await dialect.backup.restoreState()).live

test('what a restore would meet is told, and looking changes nothing', async (t) => {
  const made = await backedUp(t)
  const { folder, file, dialect } = made
  const names = readdirSync(folder)
  const state = await dialect.backup.restoreState()
  assert.deepEqual(state, { live: 'sound', clients: [] })
  breakPage(file)
  assert.equal(await live(made), 'damaged')
  writeFileSync(file, 'no database at all, and long enough to be read as one')
  assert.equal(await live(made), 'damaged')
  writeFileSync(file, '')
  assert.equal(await live(made), 'missing')
  rmSync(file)
  assert.equal(await live(made), 'missing')
  assert.deepEqual(
    readdirSync(folder),
    names.filter((name) => name !== 'app.db'),
  )
  assert.equal((await dialectOf('/nowhere/app.db').backup.restoreState()).live, 'missing')
})

test('a database that an open transaction holds is sound', async (t) => {
  const { writer, dialect } = await database(t, SOME_ROWS)
  await writer.query('PRAGMA journal_mode=DELETE')
  await writer.query('BEGIN EXCLUSIVE')
  assert.equal(await live({ dialect }), 'sound')
  await writer.query('ROLLBACK')
})

test('a missing database is put in place, private, and an old WAL does not resurrect what it held', async (t) => {
  const { folder, file, dialect, raw } = await backedUp(t)
  const content = await contentOf(dialectOf(raw), temporaryFolder(t))
  const child = await startChild(
    t,
    `import { DatabaseSync } from 'node:sqlite'
     const db = new DatabaseSync(${JSON.stringify(file)})
     db.exec("PRAGMA wal_autocheckpoint=0; UPDATE t SET a = 'from the old WAL'")
     console.log('written')
     setInterval(() => {}, 1000)`,
  )
  await child.kill()
  assert.equal(existsSync(`${file}-wal`), true)
  rmSync(file)
  const { previous, proof } = await swap(await prepare(dialect, raw))
  assert.equal(proof, 'digest')
  assert.match(previous ?? '', /app\.db\.damaged-\d{8}_\d{6}-wal$/)
  await dialect.backup.discardPrevious(previous ?? '')
  assert.deepEqual(readdirSync(folder), ['app.db'])
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(await contentOf(dialect, temporaryFolder(t)), content)
})

test('an empty file is filled, whoever has it open', async (t) => {
  const { file, dialect, raw } = await backedUp(t)
  writeFileSync(file, '')
  let saves = 0
  const save = async () => {
    saves++
  }
  await swap(await prepare(dialect, raw), { save })
  assert.equal(saves, 0)
  assert.equal((await dialect.backup.rows()).t, 200)
})

test('a database that appears where one was missing is left as it is', async (t) => {
  const { file, dialect, raw } = await backedUp(t)
  rmSync(file)
  const prepared = await prepare(dialect, raw)
  const { putInPlace } = await import('../../src/dialect/sqlite/backup/put-in-place.ts')
  const appeared = dialectOf(file)
  const writer = await appeared.openWriter({ runId: 'test', onNotice() {} })
  await writer.query('CREATE TABLE mine (a)')
  await assert.rejects(putInPlace(file, raw), { code: 'RESTORE_FAILED', message: /appeared/ })
  assert.deepEqual(await appeared.backup.rows(), { mine: 0 })
  await writer.close()
  await prepared.discard()
})

test('a damaged database is set aside with all that belongs to it, and can be discarded', async (t) => {
  const { folder, file, dialect, raw } = await backedUp(t)
  const content = await contentOf(dialectOf(raw), temporaryFolder(t))
  breakPage(file)
  const damaged = readFileSync(file)
  writeFileSync(`${file}-wal`, 'old')
  const { previous, proof } = await swap(await prepare(dialect, raw))
  assert.equal(proof, 'digest')
  assert.match(previous ?? '', /app\.db\.damaged-\d{8}_\d{6}$/)
  assert.deepEqual(readFileSync(previous ?? ''), damaged)
  assert.equal(readFileSync(`${previous}-wal`, 'utf8'), 'old')
  assert.deepEqual(await contentOf(dialect, temporaryFolder(t)), content)
  breakPage(file)
  const second = await swap(await prepare(dialect, raw))
  assert.deepEqual(await dialect.backup.previous(), [previous, second.previous])
  await assert.rejects(dialect.backup.discardPrevious(file), { code: 'BACKUP_NOT_FOUND' })
  await assert.rejects(dialect.backup.discardPrevious(`${previous}-wal`), {
    code: 'BACKUP_NOT_FOUND',
  })
  for (const path of await dialect.backup.previous()) await dialect.backup.discardPrevious(path)
  assert.deepEqual(readdirSync(folder), ['app.db'])
})

test('a damaged database that a program has open is replaced by force alone', {
  skip: process.platform !== 'linux' && 'who has a file open is known on Linux alone',
}, async (t) => {
  const { file, dialect, raw } = await backedUp(t)
  const child = await startChild(
    t,
    `import { openSync } from 'node:fs'
     openSync(${JSON.stringify(file)}, 'r')
     console.log('open')
     setInterval(() => {}, 1000)`,
  )
  breakPage(file)
  const damaged = readFileSync(file)
  const prepared = await prepare(dialect, raw)
  await assert.rejects(swap(prepared), {
    code: 'CLIENTS_CONNECTED',
    message: new RegExp(`node \\(${child.process.pid}\\)`),
  })
  assert.deepEqual(readFileSync(file), damaged)
  await swap(prepared, { force: true })
  assert.equal((await dialect.backup.rows()).t, 200)
})
