import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it, type TestContext } from 'node:test'
import { testDatabase } from '../../../../test/support/databases.ts'
import { startSnippet } from '../../../../test/support/process.ts'
import type { Dialect, LockRequest, RunLock } from '../../src/dialect/port.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { LockHolder } from '../../src/events.ts'
import { newDialect, newReader, newWriter, postgresKinds, targetOf, until } from './setup.ts'

async function lock(
  t: TestContext,
  dialect: Dialect,
  request: Partial<LockRequest> = {},
): Promise<RunLock> {
  const held = await dialect.acquireLock({
    runId: 'test-run',
    purpose: 'migrate',
    waitMs: 0,
    onWaiting: () => {},
    ...request,
  })
  t.after(() => held.release())
  return held
}

/** A runner that takes the lock, opens a step and lets a statement run for ever. */
const RUNNER = `
import { parseDatabaseUrl } from './packages/migrate/src/config/database-url.ts'
import { createPostgresDialect } from './packages/migrate/src/dialect/postgres/dialect.ts'
const dialect = createPostgresDialect(parseDatabaseUrl(process.env.DATABASE_URL, '/'))
await dialect.acquireLock({ runId: 'dead-run', purpose: 'rollback', waitMs: 0, onWaiting() {} })
const writer = await dialect.openWriter({ runId: 'dead-run', onNotice() {} })
await writer.begin({ foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 0 })
await writer.query('CREATE TABLE half_made (id int)')
const endless = writer.query('SELECT pg_sleep(600)')
console.log('running')
await endless
`

for (const kind of postgresKinds) {
  describe(`the run lock on ${kind.name}`, { skip: kind.skip }, () => {
    it('is had by one of many that start together, and by the others one after another', async (t) => {
      const dialect = await newDialect(t, kind)
      let inside = 0
      let most = 0
      await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const held = await lock(t, dialect, { runId: `run-${index}`, waitMs: 60_000 })
          most = Math.max(most, ++inside)
          await held.assertHeld()
          inside--
          await held.release()
        }),
      )
      assert.equal(most, 1)
      assert.equal(await dialect.lockHolder(), null)
    })

    it('shows who holds it, since when and for what', async (t) => {
      const dialect = await newDialect(t, kind)
      assert.equal(await dialect.lockHolder(), null)
      const before = Math.floor(Date.now() / 1000) * 1000
      await lock(t, dialect, { purpose: 'rollback' })
      const { since, ...holder } = (await dialect.lockHolder()) as LockHolder
      assert.deepEqual(holder, {
        pid: process.pid,
        host: hostname(),
        user: 'postgres',
        purpose: 'rollback',
      })
      assert.ok(Date.parse(since ?? '') >= before && Date.parse(since ?? '') <= Date.now())
    })

    it('is given up in time, with the holder shown', async (t) => {
      const dialect = await newDialect(t, kind)
      await lock(t, dialect)
      const seen: (LockHolder | null)[] = []
      await assert.rejects(
        lock(t, dialect, { waitMs: 2000, onWaiting: (holder) => seen.push(holder) }),
        {
          code: 'LOCK_TIMEOUT',
          message: new RegExp(`migrate of postgres, process ${process.pid} `),
        },
      )
      assert.equal(seen[0]?.pid, process.pid)
    })

    it('is not waited for once the run is interrupted', async (t) => {
      const dialect = await newDialect(t, kind)
      await lock(t, dialect)
      const stop = new AbortController()
      await assert.rejects(
        lock(t, dialect, {
          waitMs: 60_000,
          signal: stop.signal,
          onWaiting: () => stop.abort(),
        }),
        { code: 'INTERRUPTED' },
      )
    })

    it('lets a concurrent index be made while others wait', async (t) => {
      const dialect = await newDialect(t, kind)
      const held = await lock(t, dialect)
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t (id int)')
      let waiter: Promise<RunLock> | undefined
      await new Promise<void>((resolve) => {
        waiter = lock(t, dialect, { runId: 'other', waitMs: 60_000, onWaiting: () => resolve() })
      })
      await writer.query('CREATE INDEX CONCURRENTLY i ON t (id)')
      await held.release()
      await waiter
    })

    it('is taken over from a run that was killed, and its statement ends', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const runner = startSnippet(RUNNER, {
        cwd: new URL('../../../..', import.meta.url).pathname,
        env: { DATABASE_URL: url },
      })
      await runner.printed('running')
      const reader = await newReader(t, dialect)
      const steps = async () =>
        (
          await reader.query(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()",
          )
        ).rows.length
      await until(async () => (await steps()) === 1)
      assert.equal((await dialect.lockHolder())?.pid, runner.child.pid)
      await runner.kill()
      const held = await lock(t, dialect, { waitMs: 60_000 })
      assert.ok(held.terminated <= 1)
      assert.equal(await steps(), 0)
      assert.deepEqual(await dialect.tableNames(reader), [])
    })

    it('ends the statements of a dead run whose connection is still open', async (t) => {
      const dialect = await newDialect(t, kind)
      const orphan = await dialect.openWriter({ runId: 'dead-run', onNotice: () => {} })
      t.after(() => orphan.close())
      const reader = await newReader(t, dialect)
      const own = await newWriter(t, dialect)
      await own.begin({ foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 0 })
      const running = assert.rejects(orphan.query('SELECT pg_sleep(600)'), {
        code: 'CONNECTION_LOST',
      })
      await until(async () => {
        const { rows } = await reader.query(
          "SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'",
        )
        return rows.length > 0
      })
      assert.equal((await lock(t, dialect)).terminated, 1)
      await running
      await own.commit()
    })

    it('is known to be lost when its connection is ended', async (t) => {
      const dialect = await newDialect(t, kind)
      const held = await lock(t, dialect)
      await held.assertHeld()
      await dialect.breakLock()
      await assert.rejects(held.assertHeld(), { code: 'LOCK_LOST' })
      assert.equal(await dialect.lockHolder(), null)
      await dialect.breakLock()
      await held.release()
    })
  })
}
