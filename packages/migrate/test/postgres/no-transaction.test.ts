import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { execute, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { Writer } from '../../src/dialect/session.ts'
import { createProject } from '../contract/project.ts'
import {
  IN_TRANSACTION,
  newDialect,
  newReader,
  newWriter,
  postgresKinds,
  targetOf,
  until,
} from './setup.ts'

/** As a step without a transaction begins: the lock timeout is known from its claim. */
async function claim(writer: Writer, lockTimeoutMs = 50): Promise<void> {
  await writer.begin({ ...IN_TRANSACTION, lockTimeoutMs })
  await writer.commit()
}

/** Runs a statement while another session has written to `t`, and lets that commit once the statement waits. */
const WAITS: readonly string[] = [
  'CREATE INDEX CONCURRENTLY i ON t (id)',
  '/* mind */ REINDEX (VERBOSE) TABLE CONCURRENTLY t',
  'DROP INDEX CONCURRENTLY i',
  'ALTER TABLE parts DETACH PARTITION part CONCURRENTLY',
]

for (const kind of postgresKinds) {
  describe(`a step without a transaction on ${kind.name}`, { skip: kind.skip }, () => {
    it('does not wait long for a table, with other sessions queueing behind it', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int)')
      await claim(writer)
      await holder.begin(IN_TRANSACTION)
      await holder.query('SELECT * FROM t')
      const timedOut = { code: 'DDL_LOCK_TIMEOUT', hint: /SET lock_timeout/ }
      const statements = ['ALTER TABLE t ADD x int', '-- now\nDROP TABLE t', 'VACUUM FULL t']
      for (const statement of statements) {
        await assert.rejects(writer.query(statement), timedOut, statement)
        const script = [{ text: statement, offset: 0 }]
        await assert.rejects(
          writer.runScript(script, () => {}),
          timedOut,
          statement,
        )
      }
      const { db } = await writer.kysely()
      await assert.rejects(db.schema.alterTable('t').addColumn('x', 'integer').execute(), timedOut)
      await assert.rejects(
        db.transaction().execute(async (tx) => {
          await sql`ALTER TABLE t ADD COLUMN x int`.execute(tx)
        }),
        timedOut,
      )
      await holder.commit()
    })

    it('waits for rows, and for tables where it says so itself', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)')
      await claim(writer)
      const statements = ['UPDATE t SET id = 2', 'ALTER TABLE t ADD x int']
      for (const statement of statements) {
        await writer.query("SET lock_timeout = '1min'")
        await holder.begin(IN_TRANSACTION)
        await holder.query('UPDATE t SET id = 3')
        const waiting = writer.query(statement)
        await until(async () => (await writer.blockers()).length > 0)
        await new Promise((resolve) => setTimeout(resolve, 100))
        await holder.commit()
        await waiting
      }
    })

    it('lets what waits for transactions wait, so that no index is left invalid', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query(`CREATE TABLE t (id int);
        CREATE TABLE parts (id int) PARTITION BY RANGE (id);
        CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10)`)
      await claim(writer)
      for (const statement of WAITS) {
        await holder.begin(IN_TRANSACTION)
        await holder.query('INSERT INTO t VALUES (1)')
        await holder.query('INSERT INTO parts VALUES (1)')
        const waiting = writer.query(statement)
        await until(async () => (await writer.blockers()).length > 0)
        await new Promise((resolve) => setTimeout(resolve, 100))
        await holder.commit()
        await waiting
        const { rows } = await writer.query('SELECT FROM pg_index WHERE NOT indisvalid')
        assert.deepEqual(rows, [], statement)
      }
    })

    it('has the transaction that it left open rolled back', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('BEGIN')
      await writer.query('CREATE TABLE t (id int)')
      await writer.rollback()
      await writer.rollback()
      await writer.begin(IN_TRANSACTION)
      assert.deepEqual((await writer.query("SELECT to_regclass('t') AS t")).rows, [{ t: null }])
      await writer.commit()
    })
  })

  describe(`cancelling on ${kind.name}`, { skip: kind.skip }, () => {
    it('where no further connection is to be had ends the own one', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const [writer, reader] = [await newWriter(t, dialect), await newReader(t, dialect)]
      await writer.begin(IN_TRANSACTION)
      const running = assert.rejects(writer.query('SELECT pg_sleep(600)'), { code: 'INTERRUPTED' })
      const sleeping = async () =>
        (
          await reader.query(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)'",
          )
        ).rows.length > 0
      await until(sleeping)
      const server = new URL(url)
      server.pathname = '/postgres'
      const name = new URL(url).pathname.slice(1)
      await execute(server.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await writer.cancel()
      await running
      await writer.rollback()
      await until(async () => !(await sleeping()))
    })
  })

  describe(`COPY over the connection on ${kind.name}`, { skip: kind.skip }, () => {
    it('is refused before anything is sent', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('CREATE TABLE t (id int)')
      const refused = { code: 'STATEMENT_FAILED', hint: /INSERT.*pg-copy-streams/ } as const
      for (const statement of [
        'COPY t FROM STDIN',
        "copy t (id) from stdin with (format csv, null 'x')",
        '/* all */ COPY (SELECT 1) TO STDOUT',
        'SELECT 1; COPY t TO stdout',
      ]) {
        await assert.rejects(writer.query(statement), refused, statement)
        await writer.begin(IN_TRANSACTION)
        await assert.rejects(writer.query(statement), refused, statement)
        await writer.rollback()
      }
      for (const text of ['INSERT INTO t VALUES (1)', "SELECT setval('s', 1)"]) {
        const script = [
          { text, offset: 0 },
          { text: 'COPY t FROM STDIN', offset: 40 },
        ]
        await assert.rejects(
          writer.runScript(script, () => assert.fail('ran')),
          {
            ...refused,
            offset: 40,
          },
        )
      }
      assert.deepEqual((await writer.query('SELECT * FROM t')).rows, [])
    })

    it('is told from one that names a file or only mentions it', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('CREATE TABLE stdin (id int)')
      await writer.query("COPY (SELECT 'to stdout', id FROM stdin) TO PROGRAM 'cat > /dev/null'")
    })

    it('in a migration fails the step with its place in the file', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': '-- migrate:up\nCREATE TABLE t (id int);\nCOPY t (id) FROM stdin;\n1\n\\.\n',
      })
      await assert.rejects(project.migrator.migrate(), (error: any) => {
        assert.equal(error.code, 'STEP_FAILED')
        assert.equal(error.at.line, 3)
        assert.match(error.message, /COPY/)
        return true
      })
    })
  })
}
