import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BulkValue, Writer } from '../../src/dialect/session.ts'
import { IN_TRANSACTION, newDialect, newWriter, postgresKinds } from './setup.ts'

/** More than the buffers between this process and the server hold. */
const ROWS: BulkValue[][] = Array.from({ length: 40_000 }, (_, id) => [id, 'x'.repeat(100)])
const COLUMNS = ['id', 'text']

const countOf = async (writer: Writer): Promise<unknown> =>
  (await writer.query('SELECT count(*) AS n FROM t')).rows[0]?.n

for (const kind of postgresKinds) {
  describe(`rows in bulk on ${kind.name}`, { skip: kind.skip }, () => {
    it('leaves a connection that goes on, however early the server refuses them', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('CREATE TABLE t (id int PRIMARY KEY, text text); INSERT INTO t VALUES (0)')
      const late = [...ROWS.slice(1), ROWS[0] ?? []]
      for (const [table, rows, code] of [
        ['t', ROWS, 'DUPLICATE_ROW'],
        ['t', late, 'DUPLICATE_ROW'],
        ['missing', ROWS, 'STATEMENT_FAILED'],
      ] as const) {
        await writer.begin(IN_TRANSACTION)
        await assert.rejects(writer.insert(table, COLUMNS, rows), { code })
        await writer.rollback()
        assert.equal(await countOf(writer), 1)
      }
      await writer.begin(IN_TRANSACTION)
      // calls that nobody waited for keep their order
      const [before, , after] = await Promise.all([
        countOf(writer),
        writer.insert('t', COLUMNS, ROWS.slice(1)),
        countOf(writer),
      ])
      assert.deepEqual([before, after], [1, ROWS.length])
      await writer.commit()
    })

    it('says so when the connection is lost, or the work cancelled, on the way', async (t) => {
      const dialect = await newDialect(t, kind)
      const other = await newWriter(t, dialect)
      // a trigger that waits: the server is not done when it is stopped
      await other.query(`CREATE TABLE t (id int, text text);
        CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_sleep(60) WHERE new.id = 20000; RETURN new; END';
        CREATE TRIGGER waits BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION waits()`)
      for (const code of ['CONNECTION_LOST', 'INTERRUPTED'] as const) {
        const writer = await newWriter(t, dialect)
        const [row] = (await writer.query('SELECT pg_backend_pid() AS pid')).rows
        await writer.begin(IN_TRANSACTION)
        const inserted = assert.rejects(writer.insert('t', COLUMNS, ROWS), { code })
        const sleeping = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`
        while ((await other.query(sleeping, [row?.pid])).rows.length === 0);
        if (code === 'INTERRUPTED') await writer.cancel()
        else await other.query('SELECT pg_terminate_backend($1)', [row?.pid])
        await inserted
        await writer.rollback()
        assert.equal(await countOf(other), 0)
      }
    })
  })
}
