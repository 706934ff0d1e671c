import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import {
  IN_TRANSACTION,
  type Notice,
  newDialect,
  newReader,
  newWriter,
  postgresKinds,
  until,
} from './setup.ts'

for (const kind of postgresKinds) {
  describe(`a writer on ${kind.name}`, { skip: kind.skip }, () => {
    it('commits and rolls back', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      assert.equal(writer.user, 'postgres')
      await writer.begin(IN_TRANSACTION)
      await writer.query('CREATE TABLE kept (id int)')
      assert.deepEqual(await writer.check(), [])
      await writer.commit()
      await writer.begin(IN_TRANSACTION)
      await writer.query('CREATE TABLE lost (id int)')
      await writer.rollback()
      await writer.rollback()
      assert.deepEqual(await dialect.tableNames(await newReader(t, dialect)), ['kept'])
    })

    it('can be used without waiting between the calls', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await Promise.all([
        writer.begin(IN_TRANSACTION),
        writer.query('CREATE TABLE t (id int)'),
        writer.commit(),
        writer.begin(IN_TRANSACTION),
        writer.query('INSERT INTO t VALUES (1)'),
        writer.commit(),
      ])
      assert.deepEqual((await writer.query('SELECT id FROM t')).rows, [{ id: 1 }])
    })

    it('notices that the server rolled back instead of committing', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.begin(IN_TRANSACTION)
      await writer.query('CREATE TABLE t (id int)')
      await writer.query('SELECT missing').catch(() => {})
      await assert.rejects(writer.commit(), {
        code: 'STATEMENT_FAILED',
        message: /rolled everything/,
      })
    })

    it('says at COMMIT that a deferred foreign key is broken', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('CREATE TABLE a (id int PRIMARY KEY)')
      await writer.query('CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)')
      await writer.begin(IN_TRANSACTION)
      await writer.query('INSERT INTO b VALUES (1)')
      await assert.rejects(writer.commit(), {
        code: 'FOREIGN_KEY_VIOLATION',
        message: /Constraint b_a_fkey, table public\.b$/,
      })
    })

    it("lets no statement end the step's transaction", async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.begin(IN_TRANSACTION)
      await writer.query('CREATE TABLE t (id int)')
      for (const statement of ['COMMIT', '/* now */ rollback', '-- x\nEND', 'ABORT AND CHAIN']) {
        await assert.rejects(writer.query(statement), { message: /would end the migration's/ })
      }
      // hidden behind another one
      await assert.rejects(writer.query('SELECT 1; COMMIT; BEGIN'), {
        message: /would end the migration's/,
      })
      await writer.query('SAVEPOINT s')
      await writer.query('INSERT INTO t VALUES (1)')
      await writer.query('ROLLBACK TO SAVEPOINT s')
      await writer.rollback()
    })

    it('gives up waiting for a table after the lock timeout', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int)')
      await holder.begin(IN_TRANSACTION)
      await holder.query('LOCK TABLE t')
      await writer.begin({ ...IN_TRANSACTION, lockTimeoutMs: 50 })
      await assert.rejects(writer.query('ALTER TABLE t ADD COLUMN x int'), {
        code: 'DDL_LOCK_TIMEOUT',
      })
      await writer.rollback()
    })

    it('names who keeps its statement waiting', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int)')
      await holder.begin(IN_TRANSACTION)
      await holder.query('LOCK TABLE t')
      const waiting = writer.query('ALTER TABLE t ADD COLUMN x int')
      await until(async () => (await writer.blockers()).length > 0)
      const [blocker] = await writer.blockers()
      assert.equal(blocker?.user, 'postgres')
      assert.equal(blocker?.state, 'idle in transaction')
      assert.equal(blocker?.query, 'LOCK TABLE t')
      assert.equal(typeof blocker?.openMs, 'number')
      await holder.rollback()
      await waiting
      assert.deepEqual(await writer.blockers(), [])
    })

    it('cancels the statement that runs', async (t) => {
      const dialect = await newDialect(t, kind)
      const [writer, reader] = [await newWriter(t, dialect), await newReader(t, dialect)]
      await writer.begin(IN_TRANSACTION)
      const running = assert.rejects(writer.query('SELECT pg_sleep(60)'), { code: 'INTERRUPTED' })
      await until(async () => {
        const { rows } = await reader.query(
          "SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60)'",
        )
        return rows.length > 0
      })
      await writer.cancel()
      await running
      await writer.rollback()
    })

    it('hands notices on', async (t) => {
      const notices: Notice[] = []
      const writer = await newWriter(t, await newDialect(t, kind), notices)
      await writer.query("DO $$ BEGIN RAISE WARNING 'mind %', 'this'; END $$")
      assert.deepEqual(notices, [{ severity: 'WARNING', message: 'mind this' }])
    })

    it('gives Kysely what its users expect of pg, inside the transaction', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.begin(IN_TRANSACTION)
      const { db } = await writer.kysely()
      await db.schema
        .createTable('t')
        .addColumn('id', 'bigserial')
        .addColumn('at', 'timestamptz')
        .execute()
      const at = new Date('2026-11-22T10:00:00Z')
      const { id } = await db
        .insertInto('t')
        .values({ at })
        .returning('id')
        .executeTakeFirstOrThrow()
      assert.equal(id, '1')
      await assert.rejects(
        db.transaction().execute(async (tx) => {
          await tx.insertInto('t').values({ at }).execute()
          await sql`SELECT missing`.execute(tx)
        }),
        { code: 'STATEMENT_FAILED' },
      )
      assert.deepEqual(await db.selectFrom('t').selectAll().execute(), [{ id: '1', at }])
      await writer.commit()
      assert.deepEqual((await writer.query('SELECT * FROM t')).rows, [
        { id: 1, at: at.toISOString() },
      ])
    })
  })
}
