import assert from 'node:assert/strict'
import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { realFile } from '../../src/dialect/sqlite/real-file.ts'
import { dialectOf, temporaryFolder } from './support/database.ts'

const options = { runId: 'x', onNotice() {} }
const request = { runId: 'x', purpose: 'test', waitMs: 0, onWaiting() {} }

test('a database and links to it have one lock, one home and one content', async (t) => {
  const folder = realpathSync(temporaryFolder(t))
  mkdirSync(join(folder, 'l'))
  symlinkSync('../x.db', join(folder, 'l/x.db'))
  symlinkSync('l', join(folder, 'll'))
  const direct = dialectOf(join(folder, 'x.db'))
  // the file is made through a link that leads nowhere yet
  const [linked, twice] = ['l/x.db', 'll/x.db'].map((path) => dialectOf(join(folder, path)))
  assert.ok(linked && twice)
  const writer = await linked.openWriter(options)
  await writer.query('CREATE TABLE t (a)')
  assert.ok(existsSync(join(folder, 'x.db-wal')))
  const reader = await twice.openReader()
  assert.deepEqual(await twice.tableNames(reader), ['t'])
  await reader.close()
  await writer.close()

  const lock = await direct.acquireLock(request)
  for (const other of [linked, twice]) {
    assert.equal(other.home, folder)
    assert.notEqual(await other.lockHolder(), null)
    await assert.rejects(other.acquireLock(request), { code: 'LOCK_TIMEOUT' })
  }
  await lock.release()
  assert.equal(linked.location, join(folder, 'l/x.db'))
})

test('a path is followed as far as it exists', (t) => {
  const folder = realpathSync(temporaryFolder(t))
  const at = (path: string) => join(folder, path)
  mkdirSync(at('real'))
  symlinkSync('real', at('link'))
  symlinkSync('next.db', at('first.db'))
  symlinkSync('real/deep/x.db', at('next.db'))
  symlinkSync('loop.db', at('loop.db'))
  symlinkSync('none/../round.db', at('round.db'))
  assert.equal(realFile(at('link/x.db')), at('real/x.db'))
  assert.equal(realFile(at('link/none/x.db')), at('real/none/x.db'))
  assert.equal(realFile(at('first.db')), at('real/deep/x.db'))
  for (const loop of ['loop.db', 'round.db']) assert.equal(realFile(at(loop)), at(loop))
})
