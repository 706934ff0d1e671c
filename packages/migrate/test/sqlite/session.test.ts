import assert from 'node:assert/strict'
import { test } from 'node:test'
import { database } from './support/database.ts'

test('values keep their type: integers, booleans, dates, JSON, large numbers', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (name TEXT, value)')
  const values = [5, true, new Date(0), { a: [1] }, 2n ** 60n, 1.5, null, Buffer.from('x')]
  for (const value of values) await writer.query('INSERT INTO t VALUES ($1, $1)', [value])
  const { rows } = await writer.query('SELECT name, value, typeof(value) AS type FROM t')
  assert.deepEqual(
    rows.map(({ value, type }) => [value, type]),
    [
      [5, 'integer'],
      [1, 'integer'],
      ['1970-01-01T00:00:00.000Z', 'text'],
      ['{"a":[1]}', 'text'],
      [2n ** 60n, 'integer'],
      [1.5, 'real'],
      [null, 'null'],
      [new Uint8Array([120]), 'blob'],
    ],
  )
  // 5 bound as REAL would be '5.0' here
  assert.equal(rows[0]?.name, '5')
})

test('placeholders are found outside quotes, names and comments only', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a$1 INTEGER)')
  await writer.query('INSERT INTO t VALUES ($1)', [7])
  const { rows } = await writer.query(
    `SELECT a$1, '$2' AS "q$3", [a$1] AS b, $2 AS second, $1 AS first /* $4 ? */ FROM t -- $5 :x`,
    ['one', 'two'],
  )
  assert.deepEqual(rows, [{ a$1: 7, q$3: '$2', b: 7, second: 'two', first: 'one' }])
  assert.deepEqual((await writer.query('SELECT ? AS a, ? AS b', [1, 2])).rows, [{ a: 1, b: 2 }])
})

test('what SQLite would take for NULL is refused', async (t) => {
  const { writer } = await database(t)
  const refused = { code: 'STATEMENT_FAILED' }
  await assert.rejects(writer.query('SELECT $1, $2', [1]), refused)
  await assert.rejects(writer.query('SELECT $1', [1, 2]), refused)
  await assert.rejects(writer.query('SELECT :name', ['x']), refused)
  await assert.rejects(writer.query('SELECT $1', [undefined]), /Parameter \$1 is undefined/)
  await assert.rejects(writer.query('SELECT $1', [Number.NaN]), refused)
  await assert.rejects(writer.query('SELECT $1', [new Date('x')]), refused)
})

test('every statement of a text runs, not only the first', async (t) => {
  const { writer } = await database(t)
  await writer.query('-- first\nCREATE TABLE a (x); CREATE TABLE b (x); -- last ;;')
  const { rows } = await writer.query('SELECT name FROM sqlite_schema')
  assert.deepEqual(rows, [{ name: 'a' }, { name: 'b' }])
  assert.deepEqual((await writer.query(' -- nothing ')).rows, [])
  await assert.rejects(writer.query('SELECT $1; SELECT $1', [1]), /several statements/)
})

test('affected counts the rows that a statement changed, and nothing else', async (t) => {
  const { writer } = await database(t)
  const affected = async (sql: string) => (await writer.query(sql)).affected
  assert.equal(await affected('CREATE TABLE t (a)'), 0)
  assert.equal(await affected('INSERT INTO t VALUES (1), (2), (3)'), 3)
  assert.equal(await affected('CREATE TABLE u (a)'), 0)
  assert.equal(await affected('WITH x AS (SELECT 1) SELECT * FROM x'), 0)
  assert.equal(await affected('WITH x AS (SELECT 9) INSERT INTO t SELECT * FROM x'), 1)
  assert.equal(await affected('DELETE FROM t WHERE a < 3 RETURNING a'), 2)
})

test('a statement used again sees columns that were added meanwhile', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  assert.deepEqual((await writer.query('SELECT * FROM t')).rows, [{ a: 1 }])
  await writer.query('ALTER TABLE t ADD COLUMN b DEFAULT 2')
  await writer.query('ALTER TABLE t RENAME COLUMN a TO c')
  assert.deepEqual((await writer.query('SELECT * FROM t')).rows, [{ c: 1, b: 2 }])
})

test('more statements than are kept prepared run all the same', async (t) => {
  const { writer } = await database(t)
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 250; n++) {
      assert.deepEqual((await writer.query(`SELECT ${n} AS n`)).rows, [{ n }])
    }
  }
})

test('an error says where, if the text that SQLite names stands there once', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a, b)')
  const at = (sql: string, offset: number | undefined) =>
    assert.rejects(writer.query(sql), { code: 'STATEMENT_FAILED', offset })
  await at('SELEC a FROM t', 0)
  await at('SELECT a, zz FROM t', 10)
  await at('SELECT zz, zz FROM t', undefined)
  await at('SELECT 1; SELECT b, zz FROM t', 20)
  await at('SELECT * FROM missing', 14)
  await at('CREATE TABLE x (', 16)
})

test('control characters in a statement break nothing, and a NUL is refused whole', async (t) => {
  const { writer } = await database(t, 'CREATE TABLE t (a)')
  for (const sql of ['CREATE TABLE u (a)\0; DROP TABLE t', "SELECT 'a\0b'", '\0', '; -- \0']) {
    await assert.rejects(writer.query(sql), {
      code: 'STATEMENT_FAILED',
      message: /NUL/,
      offset: sql.indexOf('\0'),
    })
  }
  assert.deepEqual((await writer.query('SELECT name FROM sqlite_schema')).rows, [{ name: 't' }])
  await assert.rejects(writer.query('SELECT * FROM "x\x1b[31m\ny"'), /no such table: x/)
  await assert.rejects(writer.query('SELECT \x01'), { code: 'STATEMENT_FAILED', offset: 7 })
  await writer.query('INSERT INTO t VALUES ($1)', ['a\0\x1b'])
  assert.deepEqual((await writer.query('SELECT a FROM t')).rows, [{ a: 'a\0\x1b' }])
})

test('a closed session says so', async (t) => {
  const { writer } = await database(t)
  await writer.close()
  await writer.close()
  await writer.rollback()
  await assert.rejects(writer.query('SELECT 1'), { code: 'CONNECTION_LOST' })
})
