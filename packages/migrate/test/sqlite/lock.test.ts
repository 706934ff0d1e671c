import assert from 'node:assert/strict'
import { existsSync, renameSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { LockHolder } from '../../src/events.ts'
import { startChild } from './support/child.ts'
import { dialectOf, temporaryFolder } from './support/database.ts'

const request = (runId: string, waitMs = 0) => ({
  runId,
  purpose: 'migrate',
  waitMs,
  onWaiting() {},
})

const HOLDER = (file: string) => {
  const module = pathToFileURL(join(import.meta.dirname, '../../src/dialect/sqlite/lock.ts'))
  return `import { acquireLock } from ${JSON.stringify(module.href)}
    await acquireLock(${JSON.stringify(file)},
      { runId: 'child', purpose: 'rollback', waitMs: 60000, onWaiting() {} })
    console.log('held')
    setInterval(() => {}, 1000)`
}

test('the lock of a process that was killed is taken over', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const child = await startChild(t, HOLDER(file))
  const holders: (LockHolder | null)[] = []
  const waiting = dialectOf(file).acquireLock({
    ...request('us', 60_000),
    onWaiting(holder) {
      holders.push(holder)
      void child.kill()
    },
  })
  const lock = await waiting
  await lock.assertHeld()
  assert.equal(holders[0]?.pid, child.process.pid)
  await lock.release()
})

test('who holds the lock is shown, in a timeout, by lockHolder and by breakLock', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const dialect = dialectOf(file)
  const child = await startChild(t, HOLDER(file))
  const { pid } = child.process
  const holder = await dialect.lockHolder()
  assert.deepEqual(
    { pid: holder?.pid, host: holder?.host, purpose: holder?.purpose },
    { pid, host: hostname(), purpose: 'rollback' },
  )
  assert.ok(Date.parse(holder?.since ?? '') <= Date.now())
  await assert.rejects(dialect.acquireLock(request('us', 50)), {
    code: 'LOCK_TIMEOUT',
    message: new RegExp(`held by process ${pid} on .*\`rollback\` since ${holder?.since}`),
  })
  await assert.rejects(dialect.breakLock(), { code: 'LOCK_HELD', hint: new RegExp(`kill ${pid}`) })
  await child.kill()
  assert.equal(await dialect.lockHolder(), null)
  await dialect.breakLock()
})

test('eight processes get the lock one after the other', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const children = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const child = await startChild(t, HOLDER(file))
      const holder = await dialectOf(file).lockHolder()
      await child.kill()
      return { pid: child.process.pid, seen: holder?.pid }
    }),
  )
  for (const { pid, seen } of children) assert.equal(seen, pid)
})

test('two runners in one process exclude each other too', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const first = await dialectOf(file).acquireLock(request('first'))
  await assert.rejects(dialectOf(file).acquireLock(request('second')), { code: 'LOCK_TIMEOUT' })
  // closing the second's connection must not have dropped the first one's lock
  const holder = await dialectOf(file).lockHolder()
  assert.equal(holder?.pid, process.pid)
  await first.release()
  await first.release()
  const second = await dialectOf(file).acquireLock(request('second'))
  await second.release()
})

test('waiting ends when the run is interrupted', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const lock = await dialectOf(file).acquireLock(request('first'))
  const controller = new AbortController()
  const waiting = dialectOf(file).acquireLock({
    ...request('second', 60_000),
    signal: controller.signal,
    onWaiting: () => controller.abort(),
  })
  await assert.rejects(waiting, { code: 'INTERRUPTED' })
  await lock.release()
})

test('a lock whose file is taken away is lost', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const path = `${file}-migrate.lock`
  const lock = await dialectOf(file).acquireLock(request('first'))
  await lock.assertHeld()
  renameSync(path, `${path}.away`)
  await assert.rejects(lock.assertHeld(), { code: 'LOCK_LOST' })
  const other = await dialectOf(file).acquireLock(request('other'))
  await assert.rejects(lock.assertHeld(), { code: 'LOCK_LOST' })
  await other.release()
  await lock.release()
  await assert.rejects(other.assertHeld(), { code: 'LOCK_LOST' })
})

test('the lock leaves the database alone and is its owner’s', async (t) => {
  const file = join(temporaryFolder(t), 'app.db')
  const lock = await dialectOf(file).acquireLock(request('first'))
  assert.equal(existsSync(file), false)
  assert.equal(statSync(`${file}-migrate.lock`).mode & 0o777, 0o600)
  await lock.release()
  await assert.rejects(dialectOf('/nowhere/at/all/app.db').acquireLock(request('x')), {
    code: 'DATABASE_MISSING',
    message: /folder \/nowhere\/at\/all does not exist/,
  })
})
