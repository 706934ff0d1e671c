import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { Blocker } from '../../src/events.ts'
import {
  backupKinds,
  databasesLike,
  dumpOf,
  PREPARE,
  prepared,
  restorable,
  run,
  SWAP,
} from './restore-support.ts'
import { newWriter, targetOf, until, urlOfNewRole } from './setup.ts'
import { client, insistent, otherProcess, scene, wordOf } from './swap-support.ts'

const PREVIOUS = /_before_restore_\d{8}_\d{6}(_\d+)?$/

for (const { kind, skip } of backupKinds) {
  describe(`a restored database that takes the live one's place on ${kind.name}`, { skip }, () => {
    it('is live then, and the replaced one is kept until it is discarded', async (t) => {
      const { name, dialect, prepared } = await scene(t, kind)
      await run(dialect, `COMMENT ON DATABASE ${name} IS 'ours'`)
      let saved: unknown
      const { previous, proof } = await prepared.swap({
        ...SWAP,
        save: async () => {
          saved = await wordOf(dialect)
        },
      })
      await prepared.discard()
      assert.equal(saved, 'new')
      assert.equal(proof, 'digest')
      assert.equal(await wordOf(dialect), 'old')
      assert.match(previous ?? '', PREVIOUS)
      const { backup } = dialect
      assert.deepEqual(await backup.previous(), [previous])
      for (const other of [name, 'postgres', `${name}_before_restore_20260101_000000`]) {
        await assert.rejects(backup.discardPrevious(other), {
          code: 'BACKUP_NOT_FOUND',
          hint: new RegExp(previous as string),
        })
      }
      await backup.discardPrevious(previous as string)
      assert.deepEqual(await databasesLike(dialect), [''])
    })

    it('asks before it ends the sessions of others, and ends them when it is told to', async (t) => {
      const { url, dialect, prepared } = await scene(t, kind)
      const somebody = await client(t, url)
      await somebody.query("BEGIN; SELECT 'alice@example.org' FROM word")
      const { live, clients } = await dialect.backup.restoreState()
      assert.equal(live, 'sound')
      assert.deepEqual(
        clients.map(({ user, state, query }) => ({ user, state, query })),
        [
          {
            user: 'postgres',
            state: 'idle in transaction',
            query: 'BEGIN; SELECT … FROM word',
          },
        ],
      )
      let saved = 0
      const save = async () => {
        saved++
      }
      await assert.rejects(prepared.swap({ ...SWAP, save }), {
        code: 'CLIENTS_CONNECTED',
        message: new RegExp(`process ${clients[0]?.pid} of postgres`),
      })
      assert.equal(saved, 0)
      assert.equal(await wordOf(dialect), 'new')
      await prepared.swap({ ...SWAP, save, force: true })
      assert.equal(saved, 1)
      assert.equal(await wordOf(dialect), 'old')
      await assert.rejects(somebody.query('SELECT 1'))
    })

    it('is what everybody finds who connects again and again', async (t) => {
      const { url, prepared } = await scene(t, kind)
      const { words, stop } = insistent(t, url, 8)
      await until(async () => words.length > 50)
      await prepared.swap({ ...SWAP, force: true })
      const before = words.length
      await until(async () => words.length > before + 50)
      await stop()
      const first = words.indexOf('old')
      assert.ok(first > 0)
      assert.ok(
        words.slice(first + 8).every((word) => word === 'old'),
        'nobody sees the replaced one again',
      )
    })

    it('is known by its number where somebody has written to it since', async (t) => {
      const { dialect, prepared } = await scene(t, kind)
      const { proof } = await prepared.swap({
        ...SWAP,
        save: async () => void (await run(prepared.dialect, "UPDATE word SET said = 'later'")),
      })
      assert.equal(proof, 'changed')
      assert.equal(await wordOf(dialect), 'later')
    })

    it('lets the run lock go last, and a runner that waits gets the restored one', async (t) => {
      const { url, dialect, prepared } = await scene(t, kind)
      const request = { runId: 'test-run', purpose: 'restore', waitMs: 0, onWaiting: () => {} }
      const lock = await dialect.acquireLock(request)
      const runner = otherProcess(
        url,
        `
await dialect.acquireLock({ runId: 'other', purpose: 'migrate', waitMs: 60_000, onWaiting: () => console.log('waits') })
const reader = await dialect.openReader()
console.log((await reader.query('SELECT said FROM word')).rows[0].said)
process.exit()`,
      )
      await runner.printed('waits')
      let left: unknown
      await prepared.swap({
        ...SWAP,
        async releaseLock() {
          await lock.assertHeld()
          const admin = createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres')))
          const { pathname } = new URL(url)
          left = await run(
            admin,
            "SELECT split_part(application_name, ':', 1) AS name FROM pg_stat_activity WHERE datname = $1",
            [pathname.slice(1)],
          )
          await lock.release()
        },
      })
      assert.deepEqual(left, [{ name: 'migrate-lock' }])
      const { stdout, stderr } = await runner.done
      assert.match(stdout, /waits\n(.*\n)*old\n$/, stderr)
    })

    it('waits for who cannot be ended, says so, and gives up in time', async (t) => {
      const { url, name, dialect, prepared: byAdmin } = await scene(t, kind)
      await byAdmin.discard()
      const admin = await newWriter(
        t,
        createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres'))),
      )
      const weak = await urlOfNewRole(url, admin)
      const role = new URL(weak).username
      await admin.query(`ALTER ROLE ${role} CREATEDB`)
      await admin.query(`ALTER DATABASE ${name} OWNER TO ${role}`)
      await run(dialect, `ALTER TABLE word OWNER TO ${role}`)
      const asWeak = createPostgresDialect(targetOf(weak))
      const { file } = await dumpOf(t, asWeak)
      const made = await prepared(t, asWeak, file)
      await client(t, url)
      const told: Blocker[] = []
      const swap = made.swap({
        ...SWAP,
        force: true,
        waitMs: 1500,
        onWaiting: (blockers) => told.push(...blockers),
      })
      await assert.rejects(swap, {
        code: 'PERMISSION_DENIED',
        message: /that the user may not end: process \d+ of postgres/,
        hint: /restore as a superuser/,
      })
      assert.ok(told.every(({ user }) => user === 'postgres') && told.length > 0)
      assert.equal(await wordOf(dialect), 'new')
      assert.deepEqual((await databasesLike(dialect)).length, 2)
    })

    it('has a name that fits, however long and odd the live one is', async (t) => {
      const plain = await restorable(t, kind)
      const name = `${new URL(plain).pathname.slice(1)} "k='\\ ${'ä'.repeat(17)}`
      assert.ok(Buffer.byteLength(name) > 58 && Buffer.byteLength(name) <= 63)
      await execute(plain, `CREATE DATABASE "${name.replaceAll('"', '""')}"`)
      const url = plain.replace(/[^/]*$/, encodeURI(name))
      const dialect = createPostgresDialect(targetOf(url))
      const admin = plain.replace(/[^/]*$/, 'postgres')
      t.after(() => execute(admin, `DROP DATABASE "${name.replaceAll('"', '""')}" WITH (FORCE)`))
      await run(dialect, "CREATE TABLE word AS SELECT 'old' AS said")
      const { file } = await dumpOf(t, dialect)
      await run(dialect, "UPDATE word SET said = 'new'")
      const made = await prepared(t, dialect, file)
      const { previous } = await made.swap(SWAP)
      assert.equal(await wordOf(dialect), 'old')
      assert.match(previous ?? '', PREVIOUS)
      assert.deepEqual(await dialect.backup.previous(), [previous])
      await dialect.backup.discardPrevious(previous as string)
      assert.deepEqual(await dialect.backup.previous(), [])
    })

    it('is put there where the database is gone altogether', async (t) => {
      const { url, name, dialect, prepared } = await scene(t, kind)
      const admin = url.replace(/[^/]*$/, 'postgres')
      await execute(admin, `DROP DATABASE ${name} WITH (FORCE)`)
      assert.deepEqual(await dialect.backup.restoreState(), {
        live: 'missing',
        clients: [],
      })
      const { file } = await dumpOf(t, prepared.dialect)
      const { previous, proof } = await prepared.swap(SWAP)
      assert.deepEqual([previous, proof], [null, 'digest'])
      assert.equal(await wordOf(dialect), 'old')
      await execute(admin, `DROP DATABASE ${name} WITH (FORCE)`)
      const made = await dialect.backup.prepare(file, PREPARE)
      await made.swap(SWAP)
      assert.equal(await wordOf(dialect), 'old')
    })

    it('is not there when its process is killed while the rename waits', async (t) => {
      const { url, dialect, prepared } = await scene(t, kind)
      await prepared.discard()
      const { file } = await dumpOf(t, dialect)
      const child = otherProcess(
        url,
        `
await dialect.acquireLock({ runId: 'dead-run', purpose: 'restore', waitMs: 0, onWaiting() {} })
const made = await dialect.backup.prepare(process.env.FILE, {
  swappable: true, onProgress() {}, signal: new AbortController().signal,
})
await made.swap({
  force: true, waitMs: 20_000, signal: new AbortController().signal, onWaiting() {},
  save: async () => {}, releaseLock: () => new Promise(() => console.log('releasing')),
})`,
        { FILE: file },
      )
      await child.printed('releasing')
      await child.kill()
      await until(async () => isQuiet(url))
      assert.equal(await wordOf(dialect), 'new')
      assert.deepEqual(await keptOf(dialect), [])
    })

    it('is there, or is not, when its process is killed', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, "CREATE TABLE word AS SELECT 'old' AS said")
      const { file } = await dumpOf(t, dialect)
      const source = `
const made = await dialect.backup.prepare(process.env.FILE, {
  swappable: true, onProgress() {}, signal: new AbortController().signal,
})
console.log('prepared')
await made.swap({
  force: true, waitMs: 20_000, signal: new AbortController().signal, onWaiting() {},
  save: async () => {}, releaseLock: async () => console.log('releasing'),
})`
      let swaps = 0
      for (const delay of [30, 60, 90, 130]) {
        await run(dialect, "UPDATE word SET said = 'new'")
        const kept = (await keptOf(dialect)).length
        const child = otherProcess(url, source, { FILE: file })
        await child.printed('prepared')
        await new Promise((resolve) => setTimeout(resolve, delay))
        await child.kill()
        await until(async () => isQuiet(url))
        const swapped = (await keptOf(dialect)).length > kept
        assert.equal(await wordOf(dialect), swapped ? 'old' : 'new', `${delay}`)
        swaps += Number(swapped)
      }
      const left = (await databasesLike(dialect)).filter((name) => !PREVIOUS.test(name))
      assert.ok(left.length <= 2, `${left}`)
      t.diagnostic(`${swaps} of 4 were swapped when they were killed`)
      const made = await prepared(t, dialect, file)
      await made.discard()
      assert.deepEqual(
        (await databasesLike(dialect)).filter((name) => !PREVIOUS.test(name)),
        [''],
      )
    })
  })
}

/** Without what killed restores left. */
const keptOf = async ({ backup }: Dialect): Promise<string[]> =>
  (await backup.previous()).filter((name) => PREVIOUS.test(name))

/** Whether nothing of a killed process works on in the server. */
async function isQuiet(url: string): Promise<boolean> {
  const admin = createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres')))
  const rows = await run(
    admin,
    "SELECT FROM pg_stat_activity WHERE application_name = 'migrate-restore'",
  )
  return rows.length === 0
}
