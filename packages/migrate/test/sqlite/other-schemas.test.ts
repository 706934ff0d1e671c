import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { checked, database, ENFORCED } from './support/database.ts'

const SCHEMA = `
  CREATE TABLE p (id INTEGER PRIMARY KEY);
  CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE);
  INSERT INTO p VALUES (1), (2);
  INSERT INTO c VALUES (10, 1), (11, 2);`

const REFUSED = { code: 'DROP_REFUSED', message: /Dropping p .* 2 of c/ }

test('a temporary table of the same name hides no foreign key from the guard of drops', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(ENFORCED)
  await writer.query('CREATE TEMP TABLE c AS SELECT * FROM c WHERE 0')
  await assert.rejects(writer.query('DROP TABLE p'), REFUSED)
  await writer.query('CREATE TEMP TABLE p (id)')
  await assert.rejects(writer.query('DROP TABLE main.p'), REFUSED)
  await writer.commit()
  assert.deepEqual((await writer.query('SELECT count(*) AS n FROM main.c')).rows, [{ n: 2 }])
})

test('a temporary table of the same name hides no orphan from the check', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(checked())
  await writer.query('CREATE TEMP TABLE c AS SELECT * FROM main.c; UPDATE p SET id = id + 10')
  await assert.rejects(writer.check(), {
    code: 'FOREIGN_KEY_VIOLATION',
    message: /2 rows would point at nothing, for example c id=10 → p/,
  })
  await writer.rollback()
  await writer.begin(checked())
  await writer.query('CREATE TEMP TABLE p AS SELECT id FROM main.p; DELETE FROM main.p')
  await assert.rejects(writer.check(), { code: 'ROWS_LOST', message: /p had 2 rows and has 0/ })
  await writer.rollback()
})

test('the schema is the same with temporary tables of the same names', async (t) => {
  const { writer, dialect } = await database(
    t,
    `${SCHEMA} CREATE INDEX c_p ON c (p) WHERE p > 0;
     CREATE TRIGGER c_t AFTER INSERT ON c BEGIN SELECT 1; END`,
  )
  const [before, names] = [await dialect.introspect(writer), await dialect.tableNames(writer)]
  await writer.query(
    `CREATE TEMP TABLE c (other TEXT PRIMARY KEY); CREATE TEMP TABLE p (x UNIQUE);
     CREATE TEMP TABLE mine (x); CREATE INDEX temp.c_p ON c (other);
     CREATE TEMP TRIGGER c_t AFTER INSERT ON c BEGIN SELECT 2; END`,
  )
  assert.deepEqual(await dialect.introspect(writer), before)
  assert.deepEqual(await dialect.tableNames(writer), names)
})

test('dropping a temporary table is not taken for dropping the one in the database', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(ENFORCED)
  await writer.query('CREATE TEMP TABLE p (id); DROP TABLE p')
  await writer.commit()
  const { rows } = await writer.query('SELECT count(*) AS n FROM p JOIN c ON c.p = p.id')
  assert.deepEqual(rows, [{ n: 2 }])
})

test('a drop is refused among temporary tables and in an attached database as well', async (t) => {
  const { writer, folder } = await database(t)
  const file = join(folder, 'other.db')
  const other = new DatabaseSync(file)
  other.exec(SCHEMA)
  other.close()
  await writer.query('ATTACH $1 AS "o ""1"""', [file])
  await assert.rejects(writer.query('DROP TABLE p'), REFUSED)
  await assert.rejects(writer.query('DROP TABLE "O ""1""".p'), REFUSED)
  await writer.query(SCHEMA.replaceAll('CREATE TABLE', 'CREATE TEMP TABLE'))
  await assert.rejects(writer.query('DROP TABLE temp.p'), REFUSED)
  await writer.query('DELETE FROM temp.c; DROP TABLE temp.p')
  await assert.rejects(writer.query('DROP TABLE p'), REFUSED)
})

test('under checked foreign keys no database is attached, since nothing would check it', async (t) => {
  const { writer } = await database(t)
  await writer.begin(checked())
  await assert.rejects(writer.query("ATTACH ':memory:' AS other"), {
    code: 'STATEMENT_FAILED',
    message: /foreignKeys: 'checked'/,
  })
  await writer.rollback()
})
