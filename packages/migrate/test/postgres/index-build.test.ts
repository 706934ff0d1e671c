import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { execute, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { indexBuildOf } from '../../src/dialect/postgres/index-build.ts'
import type { Writer } from '../../src/dialect/session.ts'
import type { IndexProgress } from '../../src/events.ts'
import { IN_TRANSACTION, newWriter, postgresKinds, targetOf, until } from './setup.ts'

interface Scene {
  readonly url: string
  readonly writer: Writer
  readonly progress: IndexProgress[]
  readonly notices: string[]
  /** A session of somebody else's. */
  other(): Promise<Writer>
  invalid(): Promise<string[]>
}

async function scene(t: TestContext, kind: (typeof postgresKinds)[number]): Promise<Scene> {
  const url = await testDatabase(t, kind)
  const dialect = createPostgresDialect(targetOf(url))
  const progress: IndexProgress[] = []
  const notices: string[] = []
  const writer = await dialect.openWriter({
    runId: 'test-run',
    onNotice: (_, message) => notices.push(message),
    onIndexProgress: (event) => progress.push(event),
  })
  t.after(() => writer.close())
  const looker = await newWriter(t, dialect)
  return {
    url,
    writer,
    progress,
    notices,
    other: () => newWriter(t, dialect),
    async invalid() {
      const { rows } = await looker.query<{ name: string }>(
        'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid',
      )
      return rows.map(({ name }) => name)
    },
  }
}

const timeoutOf = async (writer: Writer): Promise<unknown> =>
  (await writer.query('SHOW statement_timeout')).rows[0]?.statement_timeout

/** Keeps a snapshot open, which a build without blocking waits for in the end, and no lock on its table. */
async function oldSnapshot(from: Scene): Promise<Writer> {
  const holder = await from.other()
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await holder.query('SELECT count(*) FROM pg_class')
  return holder
}

for (const kind of postgresKinds) {
  describe(`building an index on ${kind.name}`, { skip: kind.skip }, () => {
    it('is ended by no statement timeout, and what there was is back afterwards', async (t) => {
      const { url, other } = await scene(t, kind)
      const name = new URL(url).pathname.slice(1)
      await execute(url, `ALTER DATABASE ${name} SET statement_timeout = '50ms'`)
      const writer = await other()
      await writer.query("CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'a')")
      const slow = (index: string) => `CREATE INDEX ${index} ON t (slowly(name))`
      await writer.query(`CREATE FUNCTION slowly(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_sleep(0.12); RETURN v; END $$`)
      await writer.query(slow('outside'))

      await writer.begin(IN_TRANSACTION)
      await writer.query("SET LOCAL statement_timeout = '40ms'")
      await writer.runScript([{ text: slow('inside'), offset: 0 }], () => {})
      assert.equal(await timeoutOf(writer), '40ms')
      await writer.commit()
      assert.equal(await timeoutOf(writer), '0')

      await writer.query("SET statement_timeout = '30ms'")
      await writer.query(slow('again').replace('INDEX', '/* as */ INDEX CONCURRENTLY'))
      const { db } = await writer.kysely()
      await db.schema.createIndex('by_kysely').on('t').column('name').execute()
      await writer.query('REINDEX (VERBOSE) TABLE t')
      assert.equal(await timeoutOf(writer), '30ms')
      await assert.rejects(writer.query('SELECT pg_sleep(1)'), { message: /statement timeout/ })
    })

    it('tells how far it is, and leaves nothing invalid when it is stopped', async (t) => {
      const own = await scene(t, kind)
      const { writer, progress } = own
      await writer.query(`CREATE TABLE t (id int, name text);
        INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 100000) n`)
      await oldSnapshot(own)
      const running = assert.rejects(writer.query('CREATE INDEX CONCURRENTLY t_name ON t (name)'), {
        code: 'INTERRUPTED',
      })
      await until(async () => progress.some(({ phase }) => phase === 'waiting for old snapshots'))
      assert.deepEqual(await own.invalid(), ['t_name'])
      await writer.cancel()
      // what comes next waits until the index is gone
      await writer.begin(IN_TRANSACTION)
      const { rows } = await writer.query("SELECT to_regclass('t_name') AS t")
      assert.deepEqual(rows, [{ t: null }])
      await writer.rollback()
      await running
      const { index, table, done, total, unit } = progress.at(-1) as IndexProgress
      assert.deepEqual([index, table, done, total, unit], ['t_name', 't', 0, 1, 'sessions'])
      assert.match(own.notices.join(), /dropped public\.t_name/)
    })

    it('leaves nothing invalid when it fails, but what somebody else left', async (t) => {
      const { writer, invalid } = await scene(t, kind)
      await writer.query('CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1), (1)')
      const failed = { code: 'DUPLICATE_ROW' }
      for (const name of ['"Mine"', '']) {
        await assert.rejects(
          writer.query(`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON public.t (id)`),
          failed,
        )
        assert.deepEqual(await invalid(), [])
      }
      await writer.query('CREATE INDEX theirs ON t (id)')
      await writer.query(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'theirs'::regclass",
      )
      await assert.rejects(writer.query('CREATE UNIQUE INDEX CONCURRENTLY u ON t (id)'), failed)
      await assert.rejects(writer.query('CREATE INDEX CONCURRENTLY theirs ON t (id)'), {
        message: /already exists.* not valid.*DROP INDEX CONCURRENTLY public\.theirs/,
      })
      assert.deepEqual(await invalid(), ['theirs'])

      await writer.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS theirs ON t (id)')
      assert.deepEqual(await invalid(), [], 'it is built anew')
    })

    it('leaves nothing invalid when REINDEX is stopped or its connection is lost', async (t) => {
      const own = await scene(t, kind)
      const { writer, progress } = own
      await writer.query('CREATE TABLE t (id int PRIMARY KEY); CREATE INDEX i ON t (id)')
      const holder = await oldSnapshot(own)
      const running = assert.rejects(writer.query('REINDEX TABLE CONCURRENTLY t'), {
        code: 'CONNECTION_LOST',
      })
      await until(async () => progress.length > 0)
      assert.notDeepEqual(await own.invalid(), [])
      await holder.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX%'",
      )
      await running
      assert.deepEqual(await own.invalid(), [])
    })

    it('names the index that cannot be dropped since somebody uses its table', async (t) => {
      const own = await scene(t, kind)
      await own.writer.query('CREATE TABLE t (id int)')
      const holder = await own.other()
      await holder.query('BEGIN; INSERT INTO t VALUES (1)')
      const running = own.writer.query('CREATE INDEX CONCURRENTLY i ON t (id)')
      const ended = assert.rejects(running, { code: 'INTERRUPTED' })
      await until(async () => own.progress.length > 0)
      await own.writer.cancel()
      const drops = "SELECT FROM pg_stat_activity WHERE query LIKE 'DROP INDEX CONCURRENTLY%'"
      const looker = await own.other()
      await until(async () => (await looker.query(drops)).rows.length > 0)
      await looker.query(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DROP INDEX CONCURRENTLY%'",
      )
      await ended
      await assert.rejects(running, { message: /left invalid.*DROP INDEX CONCURRENTLY public\.i;/ })
    })
  })
}

it('a statement that builds an index is known by its tokens', () => {
  const built = (sql: string) => {
    const { verb, concurrently, ifNotExists, index, table } = indexBuildOf(sql) ?? {}
    return [verb, concurrently, ifNotExists, index, table]
  }
  assert.deepEqual(built('create unique index "My ""I" on only s."T" (a)'), [
    'create',
    false,
    false,
    'My "I',
    's."T"',
  ])
  assert.deepEqual(built('-- x\nCREATE INDEX CONCURRENTLY IF NOT EXISTS Abc ON T USING gin (a)'), [
    'create',
    true,
    true,
    'abc',
    'T',
  ])
  assert.deepEqual(built('CREATE INDEX ON t (a)'), ['create', false, false, null, 't'])
  assert.deepEqual(built('CREATE INDEX if ON t (a)').slice(2), [false, 'if', 't'])
  assert.deepEqual(built('REINDEX (CONCURRENTLY, VERBOSE) INDEX s.i'), [
    'reindex',
    true,
    false,
    'i',
    null,
  ])
  assert.deepEqual(built('REINDEX (CONCURRENTLY off) TABLE s.t').slice(1), [
    false,
    false,
    null,
    's.t',
  ])
  assert.deepEqual(built('REINDEX SCHEMA CONCURRENTLY s').slice(1), [true, false, null, null])
  assert.equal(indexBuildOf('SELECT 1; CREATE INDEX i ON t (a)')?.isAlone, false)
  for (const sql of [
    'DROP INDEX i',
    'CREATE TABLE index_of (id int)',
    "INSERT INTO t VALUES ('CREATE INDEX i ON t (a)')",
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ CREATE INDEX i ON t (a) $$',
  ]) {
    assert.equal(indexBuildOf(sql), null, sql)
  }
})
