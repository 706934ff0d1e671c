import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Writer } from '../../src/dialect/session.ts'
import { checked, database, ENFORCED } from './support/database.ts'

const SCHEMA = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id REFERENCES users ON DELETE CASCADE);
  INSERT INTO users VALUES (1, 'a'), (2, 'b');
  INSERT INTO posts VALUES (10, 1), (11, 1), (12, NULL);`

const REBUILD = `
  CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  INSERT INTO new_users SELECT * FROM users;
  DROP TABLE users;
  ALTER TABLE new_users RENAME TO users;`

const counts = async (writer: Writer) =>
  (
    await writer.query(
      'SELECT (SELECT count(*) FROM users) AS u, (SELECT count(*) FROM posts) AS p',
    )
  ).rows[0]

test('a rebuild under enforced foreign keys cannot delete rows of other tables', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(ENFORCED)
  await assert.rejects(writer.query(REBUILD), {
    code: 'DROP_REFUSED',
    message: /Dropping users .* 2 of posts/,
  })
  await writer.rollback()
  assert.deepEqual(await counts(writer), { u: 2, p: 3 })
})

test('a drop through Kysely is refused as well, and one outside a transaction', async (t) => {
  const { writer } = await database(t, SCHEMA)
  const { db } = await writer.kysely()
  const refused = { code: 'DROP_REFUSED' }
  await assert.rejects(db.schema.dropTable('users').execute(), refused)
  await assert.rejects(writer.query('/* x */ DROP TABLE IF EXISTS main."USERS"'), refused)
  await writer.begin(ENFORCED)
  await assert.rejects(db.schema.dropTable('users').execute(), refused)
  await writer.rollback()
  assert.deepEqual(await counts(writer), { u: 2, p: 3 })
})

test('a table that no row refers to is dropped, and one that only its own rows refer to', async (t) => {
  const { writer } = await database(
    t,
    `${SCHEMA} UPDATE posts SET user_id = NULL;
     CREATE TABLE tree (id INTEGER PRIMARY KEY, up REFERENCES tree);
     INSERT INTO tree VALUES (1, NULL), (2, 1);
     CREATE VIRTUAL TABLE words USING fts5(word)`,
  )
  await writer.begin(ENFORCED)
  await writer.query('DROP TABLE users; DROP TABLE tree; DROP TABLE words')
  await writer.commit()
  assert.deepEqual((await writer.query('SELECT name FROM sqlite_schema')).rows, [{ name: 'posts' }])
})

test('a rebuild under checked foreign keys keeps every row, and they are on again after it', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(checked())
  await writer.query(REBUILD)
  assert.deepEqual(await writer.check(), [])
  await writer.commit()
  assert.deepEqual(await counts(writer), { u: 2, p: 3 })
  assert.deepEqual((await writer.query('PRAGMA foreign_keys')).rows, [{ foreign_keys: 1 }])
  await writer.begin(checked())
  await writer.rollback()
  assert.deepEqual((await writer.query('PRAGMA foreign_keys')).rows, [{ foreign_keys: 1 }])
})

test('rows that a rebuild loses are found, unless the loss is declared', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(checked())
  await writer.query('DELETE FROM posts WHERE id = 12')
  await assert.rejects(writer.check(), {
    code: 'ROWS_LOST',
    message: /posts had 3 rows and has 2 now/,
  })
  await writer.query('DROP TABLE posts')
  await assert.rejects(writer.check(), {
    code: 'ROWS_LOST',
    message: /posts had 3 rows and is gone/,
  })
  await writer.rollback()

  await writer.begin(checked('Posts'))
  await writer.query('DROP TABLE posts')
  assert.deepEqual(await writer.check(), [])
  await writer.commit()

  await writer.begin(checked('post'))
  await assert.rejects(writer.check(), { code: 'CHECK_FAILED', message: /shrinks.*post,/ })
  await writer.rollback()
})

test('rows of virtual tables count too, where their module can count them', async (t) => {
  const { writer } = await database(
    t,
    `CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('a'), ('b');
     CREATE VIRTUAL TABLE vocabulary USING fts5vocab('words', 'row');
     CREATE VIRTUAL TABLE lost USING fts5vocab('nowhere', 'row')`,
  )
  const again = 'DROP TABLE words; CREATE VIRTUAL TABLE words USING fts5(word)'
  await writer.begin(checked())
  await writer.query(again)
  await assert.rejects(writer.check(), {
    code: 'ROWS_LOST',
    message: /words had 2 rows and has 0 now/,
  })
  await writer.query("INSERT INTO words VALUES ('a'), ('b')")
  assert.deepEqual(await writer.check(), [])
  await writer.rollback()
  await writer.begin(checked('words', 'vocabulary', 'lost'))
  await writer.query(again)
  assert.deepEqual(await writer.check(), [])
  await writer.commit()
})

test('new orphans fail and old ones are told, though a rebuild numbers the rows anew', async (t) => {
  const { writer } = await database(t)
  await writer.query(
    `PRAGMA foreign_keys=OFF;
     CREATE TABLE users (id INTEGER PRIMARY KEY);
     CREATE TABLE notes (code TEXT PRIMARY KEY, user_id REFERENCES users);
     INSERT INTO users VALUES (1);
     INSERT INTO notes VALUES ('a', 1), ('b', 77), ('c', 78)`,
  )
  await writer.begin(checked())
  await writer.query(
    `CREATE TABLE new_notes (code TEXT PRIMARY KEY, user_id REFERENCES users);
     INSERT INTO new_notes SELECT * FROM notes ORDER BY code DESC;
     DROP TABLE notes; ALTER TABLE new_notes RENAME TO notes`,
  )
  const [finding, ...others] = await writer.check()
  assert.deepEqual(others, [])
  assert.equal(finding?.code, 'OLD_ORPHANS')
  assert.equal(finding?.severity, 'warning')
  assert.match(finding?.message ?? '', /^2 rows of notes point at rows of users/)
  await writer.query("UPDATE notes SET user_id = 99 WHERE code = 'a'")
  await assert.rejects(writer.check(), {
    code: 'FOREIGN_KEY_VIOLATION',
    message: /1 rows would point at nothing, for example notes code=a → users/,
  })
  await writer.rollback()
})

test('orphans of composite keys and of tables without rowid or key are told apart', async (t) => {
  const { writer } = await database(
    t,
    `CREATE TABLE p (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
     CREATE TABLE w (k TEXT PRIMARY KEY, a, b, FOREIGN KEY (a, b) REFERENCES p) WITHOUT ROWID;
     CREATE TABLE bare (a, b, FOREIGN KEY (a, b) REFERENCES p)`,
  )
  await writer.begin(checked())
  await writer.query(`INSERT INTO w VALUES ('half', 1, NULL), ('x', 1, 2)`)
  await assert.rejects(writer.check(), /1 rows .* w k=x → p/)
  await writer.query(`DELETE FROM w; INSERT INTO bare VALUES (1, 2), (1, 2)`)
  await assert.rejects(writer.check(), /2 rows .* bare a=1, b=2 → p/)
  await writer.rollback()
})

test('a rebuild that leaves a foreign key without its unique columns fails', async (t) => {
  const { writer } = await database(t, SCHEMA)
  await writer.begin(checked())
  await writer.query(
    `CREATE TABLE n (id INTEGER, name TEXT); INSERT INTO n SELECT * FROM users;
     DROP TABLE users; ALTER TABLE n RENAME TO users`,
  )
  await assert.rejects(writer.check(), { code: 'FOREIGN_KEY_VIOLATION' })
  await writer.rollback()
})

test('a deferred foreign key that COMMIT finds broken is named', async (t) => {
  const { writer } = await database(
    t,
    `CREATE TABLE p (id INTEGER PRIMARY KEY);
     CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p DEFERRABLE INITIALLY DEFERRED)`,
  )
  await writer.begin(ENFORCED)
  await writer.query('INSERT INTO c VALUES (1, 5)')
  assert.deepEqual(await writer.check(), [])
  await assert.rejects(writer.commit(), {
    code: 'FOREIGN_KEY_VIOLATION',
    message: /c id=1 → p/,
  })
  await writer.rollback()
  assert.deepEqual((await writer.query('SELECT * FROM c')).rows, [])
})
