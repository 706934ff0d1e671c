import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Writer } from '../../src/dialect/session.ts'
import { database, ENFORCED } from './support/database.ts'

const SETTINGS = [
  'foreign_keys',
  'ignore_check_constraints',
  'synchronous',
  'journal_mode',
  'recursive_triggers',
  'legacy_alter_table',
  'writable_schema',
  'cache_spill',
  'cache_size',
  'busy_timeout',
  'query_only',
  'locking_mode',
  'defer_foreign_keys',
  'temp_store',
  'trusted_schema',
]

const settings = async (writer: Writer): Promise<unknown[]> => {
  const found: unknown[] = []
  for (const name of SETTINGS) found.push((await writer.query(`PRAGMA ${name}`)).rows)
  found.push((await writer.query("SELECT 'a' LIKE 'A' AS same")).rows)
  return found
}

const CHANGES = `
  PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=1; PRAGMA synchronous=OFF;
  PRAGMA journal_mode=DELETE; PRAGMA recursive_triggers=1; PRAGMA legacy_alter_table=1;
  PRAGMA writable_schema=1; PRAGMA cache_spill=0; PRAGMA cache_size=10; PRAGMA busy_timeout=1;
  PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=2; PRAGMA trusted_schema=0;
  PRAGMA case_sensitive_like=1; PRAGMA query_only=1`

test('what a step set on the connection does not hold for the next transaction', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a CHECK (a > 0))')
  const before = await settings(writer)
  await writer.query(CHANGES)
  assert.notDeepEqual(await settings(writer), before)
  await writer.begin(ENFORCED)
  assert.deepEqual(await settings(writer), before)
  await assert.rejects(writer.query('INSERT INTO t VALUES (-1)'), /CHECK/)
  await writer.query('PRAGMA ignore_check_constraints=1; PRAGMA defer_foreign_keys=1')
  await writer.commit()
  await writer.begin(ENFORCED)
  assert.deepEqual(await settings(writer), before)
  await writer.rollback()
})

test('a setting changed under EXPLAIN, which SQLite obeys, does not last either', async (t) => {
  const { writer } = await database(t)
  await writer.query('EXPLAIN PRAGMA foreign_keys=OFF')
  await writer.begin(ENFORCED)
  assert.deepEqual((await writer.query('PRAGMA foreign_keys')).rows, [{ foreign_keys: 1 }])
  await writer.rollback()
})

test('temporary tables, views and triggers go with the step that made them', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  await writer.begin(ENFORCED)
  await writer.query(
    `CREATE TEMP TABLE t (a); /* x */ CREATE TEMPORARY VIEW v AS SELECT 1;
     CREATE TABLE temp.u (a); CREATE TEMP TRIGGER r AFTER INSERT ON main.t BEGIN SELECT 1; END`,
  )
  await writer.commit()
  await writer.begin(ENFORCED)
  assert.deepEqual((await writer.query('SELECT a FROM t')).rows, [{ a: 1 }])
  assert.deepEqual((await writer.query('SELECT name FROM sqlite_temp_schema')).rows, [])
  await writer.rollback()
})

test('a database that a step attached is not there in the next', async (t) => {
  const { writer } = await database(t)
  const databases = async () =>
    (await writer.query('PRAGMA database_list')).rows.map(({ name }) => name)
  await writer.begin(ENFORCED)
  await writer.query("ATTACH ':memory:' AS other")
  assert.deepEqual(await databases(), ['main', 'other'])
  await writer.commit()
  await writer.begin(ENFORCED)
  assert.deepEqual(await databases(), ['main'])
  await writer.rollback()
})

test('a Kysely of the step goes on where the connection was made anew', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  const { db } = await writer.kysely()
  await db.selectFrom('t').selectAll().execute()
  await writer.query('PRAGMA synchronous=OFF')
  await writer.begin(ENFORCED)
  await db.transaction().execute((trx) => trx.insertInto('t').values({ a: 2 }).execute())
  await writer.commit()
  assert.deepEqual(await db.selectFrom('t').selectAll().execute(), [{ a: 1 }, { a: 2 }])
})

test('steps that set nothing keep their connection', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a INTEGER PRIMARY KEY)')
  await writer.begin(ENFORCED)
  await writer.query('CREATE TABLE u (a); INSERT INTO t VALUES (7)')
  await writer.commit()
  await writer.begin(ENFORCED)
  // the connection's own memory
  assert.deepEqual((await writer.query('SELECT last_insert_rowid() AS id')).rows, [{ id: 7 }])
  await writer.rollback()
})

test('rollback ends a transaction that a migration began itself, and is silent outside one', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a)')
  await writer.rollback()
  for (const begin of ['BEGIN', 'SAVEPOINT mine', 'PRAGMA synchronous=OFF; BEGIN IMMEDIATE']) {
    await writer.query(`${begin}; INSERT INTO t VALUES (1)`)
    await assert.rejects(writer.begin(ENFORCED), /transaction within a transaction/)
    await writer.rollback()
    await writer.begin(ENFORCED)
    assert.deepEqual((await writer.query('SELECT * FROM t')).rows, [])
    await writer.commit()
  }
})
