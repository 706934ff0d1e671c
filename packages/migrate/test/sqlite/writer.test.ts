import assert from 'node:assert/strict'
import { test } from 'node:test'
import { database, dialectOf, ENFORCED } from './support/database.ts'

const count = 'SELECT count(*) AS n FROM t'

test('a writer is durable, in WAL and with foreign keys', async (t) => {
  const { writer } = await database(t)
  const pragma = async (name: string) =>
    Object.values((await writer.query(`PRAGMA ${name}`)).rows[0] ?? {})[0]
  assert.equal(await pragma('journal_mode'), 'wal')
  assert.equal(await pragma('synchronous'), 2)
  assert.equal(await pragma('foreign_keys'), 1)
  assert.equal(await pragma('busy_timeout'), 5000)
})

test('the writer of a work has more memory, also where its connection had to be made anew', async (t) => {
  const { dialect } = await database(t)
  const writer = await dialect.openWriter({ runId: 'test', manyRows: true, onNotice() {} })
  t.after(() => writer.close())
  for (const left of ['SELECT 1', 'CREATE TEMP TABLE x (a)']) {
    await writer.query(left)
    await writer.begin(ENFORCED)
    await writer.commit()
    assert.deepEqual((await writer.query('PRAGMA cache_size')).rows, [{ cache_size: -65_536 }])
    const { rows } = await writer.query('PRAGMA wal_autocheckpoint')
    assert.deepEqual(rows, [{ wal_autocheckpoint: 8000 }])
  }
})

test('commit keeps and rollback undoes, data and schema', async (t) => {
  const { writer } = await database(t)
  await writer.begin(ENFORCED)
  await writer.query('CREATE TABLE t (a)')
  assert.deepEqual(await writer.check(), [])
  await writer.commit()
  await writer.begin(ENFORCED)
  await writer.query('INSERT INTO t VALUES (1)')
  await writer.query('CREATE TABLE u (a)')
  await writer.rollback()
  await writer.rollback()
  assert.deepEqual((await writer.query(count)).rows, [{ n: 0 }])
  await assert.rejects(writer.query('SELECT * FROM u'))
})

test('a migration cannot end the transaction that it runs in, but may use savepoints', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a)')
  await writer.begin(ENFORCED)
  await writer.query('INSERT INTO t VALUES (1)')
  for (const sql of ['COMMIT', '/* x */ end', 'ROLLBACK;', '; commit transaction']) {
    await assert.rejects(writer.query(sql), /would end the transaction/)
  }
  await writer.query('SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; RELEASE s')
  await writer.commit()
  assert.deepEqual((await writer.query(count)).rows, [{ n: 1 }])
})

test('after SQLite has rolled back by itself nothing more is written', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a UNIQUE)')
  await writer.begin(ENFORCED)
  await writer.query('INSERT INTO t VALUES (1)')
  await assert.rejects(writer.query('INSERT OR ROLLBACK INTO t VALUES (1)'))
  await assert.rejects(writer.query('INSERT INTO t VALUES (2)'), /rolled the transaction back/)
  await assert.rejects(writer.commit(), /rolled the transaction back/)
  await writer.rollback()
  assert.deepEqual((await writer.query(count)).rows, [{ n: 0 }])
})

test('a database that another connection writes to is busy', async (t) => {
  const { writer, file } = await database(t, 'CREATE TABLE t (a)')
  const other = await dialectOf(file).openWriter({ runId: 'other', onNotice() {} })
  t.after(() => other.close())
  await other.query('PRAGMA busy_timeout=50')
  await writer.begin(ENFORCED)
  await assert.rejects(other.begin(ENFORCED), { code: 'DATABASE_BUSY' })
  await assert.rejects(other.begin({ ...ENFORCED, foreignKeys: 'checked' }), {
    code: 'DATABASE_BUSY',
  })
  await writer.rollback()
  await other.begin(ENFORCED)
  await other.rollback()
})

test('Kysely runs on the step and nests transactions as savepoints', async (t) => {
  const { writer } = await database(t)
  const { db } = await writer.kysely()
  await writer.begin(ENFORCED)
  await db.schema
    .createTable('t')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('a', 'text')
    .execute()
  const inserted = await db.insertInto('t').values({ a: 'kept' }).executeTakeFirstOrThrow()
  assert.equal(inserted.insertId, 1n)
  await assert.rejects(
    db.transaction().execute(async (trx) => {
      await trx.insertInto('t').values({ a: 'undone' }).execute()
      throw new Error('stop')
    }),
    /^Error: stop$/,
  )
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('t').values({ a: 'inner' }).execute()
    // with a mutex round the one connection this would wait for ever
    await db.insertInto('t').values({ a: 'beside' }).execute()
  })
  const updated = await db.updateTable('t').set({ a: 'x' }).where('id', '<', 3).executeTakeFirst()
  assert.equal(updated.numUpdatedRows, 2n)
  await db.destroy()
  await writer.commit()
  assert.deepEqual((await writer.query('SELECT a FROM t ORDER BY id')).rows, [
    { a: 'x' },
    { a: 'x' },
    { a: 'beside' },
  ])
  const { db: again } = await writer.kysely()
  assert.equal((await again.selectFrom('t').selectAll().execute()).length, 3)
})

test('outside a transaction Kysely begins real ones', async (t) => {
  const { writer, dialect } = await database(t, 'CREATE TABLE t (a)')
  const { db } = await writer.kysely()
  const reader = await dialect.openReader()
  t.after(() => reader.close())
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('t').values({ a: 1 }).execute()
    assert.deepEqual((await reader.query(count)).rows, [{ n: 0 }])
  })
  assert.deepEqual((await reader.query(count)).rows, [{ n: 1 }])
})

test('transactions of Kysely that overlap are refused', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a)')
  await writer.begin(ENFORCED)
  const { db } = await writer.kysely()
  const results = await Promise.allSettled(
    [1, 2].map((a) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('t').values({ a }).execute()
      }),
    ),
  )
  assert.ok(results.some((result) => result.status === 'rejected'))
  await writer.rollback()
})
