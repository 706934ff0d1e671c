import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { othersWroteLast, prove } from '../../src/dialect/sqlite/backup/proof.ts'
import { copy, SOME_ROWS } from './support/copies.ts'
import { database } from './support/database.ts'

/** A database that a copy was just written into, as a swap does it, and the claim that it was. */
async function written(t: TestContext) {
  const made = await database(t, SOME_ROWS)
  const raw = join(made.folder, 'raw.db')
  const { digest } = await copy(made.dialect, raw)
  await made.writer.query('DELETE FROM t; CREATE TABLE u (a)')
  const source = new DatabaseSync(raw)
  const watcher = new DatabaseSync(made.file)
  const other = new DatabaseSync(made.file)
  t.after(() => {
    for (const db of [source, watcher, other]) db.close()
  })
  const version = () => Number(watcher.prepare('PRAGMA data_version').get()?.data_version)
  const pages = await backup(source, made.file, { rate: 1 })
  const beside = join(made.folder, 'beside')
  const claim = { live: made.file, beside, watcher, digest, pages, version: version() }
  return { claim, other, version, folder: made.folder }
}

const wrong = '0'.repeat(64)

test('what is read again and is what was written is proved', async (t) => {
  const { claim, folder } = await written(t)
  assert.equal(await prove(claim), 'digest')
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('beside')),
    [],
  )
})

test('what is read again, is something else, and was changed by nobody is a failure', async (t) => {
  const { claim } = await written(t)
  await assert.rejects(prove({ ...claim, digest: wrong }), {
    code: 'RESTORE_FAILED',
    message: /something else/,
  })
})

test('a commit that the data version shows explains a difference', async (t) => {
  const { claim, other } = await written(t)
  other.exec('DELETE FROM t WHERE id = 1')
  assert.equal(await prove(claim), 'changed')
})

test('a commit that came before the first look at the data version explains one too', async (t) => {
  const { claim, other, version } = await written(t)
  const wal = `${claim.live}-wal`
  assert.equal(othersWroteLast(wal, claim.pages), false)
  other.exec('DELETE FROM t WHERE id = 1')
  assert.equal(othersWroteLast(wal, claim.pages), true)
  assert.equal(await prove({ ...claim, version: version() }), 'changed')
  assert.equal(othersWroteLast(`${wal}-none`, claim.pages), false)
})
