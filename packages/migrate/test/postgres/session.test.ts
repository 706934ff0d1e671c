import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IN_TRANSACTION, newDialect, newReader, newWriter, postgresKinds } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`a session on ${kind.name}`, { skip: kind.skip }, () => {
    it('reads values as SQLite gives them, whatever the time zone and date style', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query("SET TimeZone = 'Asia/Kolkata'")
      const { rows } = await writer.query(`SELECT
        timestamptz '2026-11-22 13:49:59.430660+02' AS zoned, timestamp '2026-11-22 13:49:59' AS plain,
        date '2026-11-22' AS day, 42::int8 AS small, 9007199254740993::int8 AS large,
        timestamp 'infinity' AS never, true AS yes, NULL AS nothing, count(*) AS one`)
      assert.deepEqual(rows, [
        {
          zoned: '2026-11-22T11:49:59.430Z',
          plain: '2026-11-22T13:49:59.000Z',
          day: '2026-11-22',
          small: 42,
          large: 9007199254740993n,
          never: 'infinity',
          yes: true,
          nothing: null,
          one: 1,
        },
      ])
    })

    it('reads dates where the database writes them in another style', async (t) => {
      const dialect = await newDialect(t, kind)
      const first = await newWriter(t, dialect)
      await first.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET DateStyle = German', current_database()); END $$`,
      )
      const { rows } = await (await newReader(t, dialect)).query(
        "SELECT timestamptz '2026-11-22 13:00:00Z' AS at",
      )
      assert.deepEqual(rows, [{ at: '2026-11-22T13:00:00.000Z' }])
    })

    it('binds dates, booleans and JSON values', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      const at = new Date('2026-11-22T10:00:00.123Z')
      const { rows } = await writer.query(
        'SELECT $1::timestamptz AS zoned, $1::timestamp AS plain, $2::boolean AS yes, $3::jsonb AS json',
        [at, true, { a: [1] }],
      )
      assert.deepEqual(rows, [
        { zoned: at.toISOString(), plain: at.toISOString(), yes: true, json: { a: [1] } },
      ])
    })

    it('runs statements in the order of the calls, without waiting between them', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      const answers = await Promise.all([
        writer.query('CREATE TABLE numbers (n int)'),
        writer.query('INSERT INTO numbers SELECT generate_series(1, $1::int)', [3]),
        writer.query('UPDATE numbers SET n = n + 1; DELETE FROM numbers WHERE n = 2'),
        writer.query('SELECT n FROM numbers ORDER BY n'),
      ])
      assert.deepEqual(
        answers.map(({ affected }) => affected),
        [0, 3, 4, 0],
      )
      assert.deepEqual(answers[3].rows, [{ n: 3 }, { n: 4 }])
    })

    it('goes on after a statement that failed among others', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      const [failed, next] = await Promise.allSettled([
        writer.query('SELECT * FROM missing'),
        writer.query('SELECT 1 AS one'),
      ])
      assert.equal(failed.status, 'rejected')
      assert.equal(next.status === 'fulfilled' && next.value.rows[0]?.one, 1)
    })

    it('says where in the statement the error is, counted in UTF-16 units', async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      const sql = "SELECT '🦴', wrong"
      await assert.rejects(writer.query(sql), {
        code: 'STATEMENT_FAILED',
        message: 'PostgreSQL refused a statement: column "wrong" does not exist (42703)',
        offset: sql.indexOf('wrong'),
      })
    })

    it("says which constraint was violated, and passes the server's hint on", async (t) => {
      const writer = await newWriter(t, await newDialect(t, kind))
      await writer.query('CREATE TABLE a (id int PRIMARY KEY)')
      await writer.query('INSERT INTO a VALUES (1)')
      await assert.rejects(
        writer.query('INSERT INTO a VALUES (1)'),
        /"a_pkey" \(23505\)\. Constraint a_pkey, table public\.a$/,
      )
      await writer.query('CREATE TABLE b (a int REFERENCES a)')
      await assert.rejects(writer.query('DROP TABLE a'), { hint: /CASCADE/ })
      await assert.rejects(writer.query('INSERT INTO b VALUES (2)'), {
        code: 'FOREIGN_KEY_VIOLATION',
      })
    })

    it('tells of rights, read-only sessions, timeouts and lost connections by code', async (t) => {
      const dialect = await newDialect(t, kind)
      const reader = await newReader(t, dialect)
      await assert.rejects(reader.query('CREATE TABLE t (id int)'), { code: 'READ_ONLY' })

      const writer = await newWriter(t, dialect)
      await writer.begin(IN_TRANSACTION)
      await writer.query('SET LOCAL ROLE pg_monitor')
      await assert.rejects(writer.query('CREATE TABLE t (id int)'), { code: 'PERMISSION_DENIED' })
      await writer.rollback()

      await writer.query('SET statement_timeout = 20')
      await assert.rejects(writer.query('SELECT pg_sleep(10)'), {
        code: 'STATEMENT_FAILED',
        message: /statement timeout/,
      })

      const { rows } = await writer.query('SELECT pg_backend_pid() AS pid')
      await reader.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
      await assert.rejects(writer.query('SELECT 1'), { code: 'CONNECTION_LOST' })
      await assert.rejects(writer.query('SELECT 1'), { code: 'CONNECTION_LOST' })
      await writer.rollback()
    })
  })
}
