import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '../../src/dialect/session.ts'
import { planUndo } from '../../src/run/undo-plan.ts'
import { diffSnapshots } from '../../src/schema/diff.ts'
import type { Snapshot } from '../../src/schema/snapshot.ts'
import { type Database, database } from './support/database.ts'

const RICH = `
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(100) NOT NULL COLLATE nocase UNIQUE,
  name TEXT DEFAULT 'it''s', "Two Words" INT DEFAULT -1, made DATETIME DEFAULT CURRENT_TIMESTAMP,
  low TEXT AS (lower(name)) STORED, size TEXT AS (length(name)), CONSTRAINT named CHECK (name <> ''));
CREATE TABLE posts (a TEXT, b INT, user_id INT REFERENCES users DEFERRABLE INITIALLY DEFERRED, up TEXT, x,
  PRIMARY KEY (b, a), UNIQUE (a, x COLLATE rtrim), CHECK (b > 0 AND (b < 99)),
  FOREIGN KEY (up, b) REFERENCES posts (a, b) ON DELETE SET NULL ON UPDATE CASCADE) WITHOUT ROWID;
CREATE TABLE strict_one (id TEXT PRIMARY KEY NOT NULL, any ANY, amount REAL DEFAULT (1 + 1)) STRICT;
CREATE INDEX by_name ON users (lower(name) DESC, "Two Words", made COLLATE rtrim) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX by_user ON posts (user_id);
CREATE VIEW "Mails" AS SELECT u.email AS "eMail", p.a FROM users u JOIN posts p ON p.user_id = u.id;
CREATE TRIGGER "Tr" AFTER INSERT ON users BEGIN UPDATE users SET name = 'A;b' WHERE id = new.id; END;
CREATE VIRTUAL TABLE "Docs" USING fts5(body, tokenize = 'unicode61 remove_diacritics 2');
`

const ROWS = `
INSERT INTO users (email, "Two Words") VALUES ('a@b.c', 1), ('d@e.f', 2), ('gone@x.y', 3);
DELETE FROM users WHERE id = 3;
INSERT INTO posts (a, b, user_id, up, x) VALUES ('a', 1, 1, NULL, 'x'), ('b', 2, 2, NULL, x'00ff');
INSERT INTO strict_one (id, any, amount) VALUES ('i', 1, 0.5);
`

const differences = async ({ dialect, writer }: Database, expected: Snapshot) =>
  diffSnapshots(expected, await dialect.introspect(writer))

test('a schema with something of every kind is made again from its facts', async (t) => {
  const [from, to] = [await database(t, RICH), await database(t)]
  const facts = await from.dialect.introspect(from.writer)
  for (const sql of await to.dialect.createStatements([...facts.values()].reverse())) {
    await to.writer.query(sql)
  }
  assert.deepEqual(await differences(to, facts), [])
  await to.writer.query(ROWS)
  const { rows } = await to.writer.query('SELECT * FROM "Mails"')
  assert.deepEqual(Object.keys(rows[0] ?? {}), ['eMail', 'a'])
})

test('from the canonical spelling alone it has the same facts', async (t) => {
  const [from, to] = [await database(t, RICH), await database(t)]
  const facts = await from.dialect.introspect(from.writer)
  const bare = [...facts.values()].map(({ source: _, ...fact }) => fact)
  for (const sql of await to.dialect.createStatements(bare)) await to.writer.query(sql)
  assert.deepEqual(await differences(to, facts), [])
})

/** What somebody did behind our back. */
const CHANGES = [
  'DROP INDEX by_name; DROP INDEX by_user; CREATE INDEX by_user ON posts (user_id, x)',
  'DROP TRIGGER "Tr"; CREATE TRIGGER "Tr" AFTER DELETE ON users BEGIN SELECT 1; END',
  'DROP VIEW "Mails"; CREATE VIEW "Mails" AS SELECT 1 AS one; CREATE TABLE loose (id)',
  'ALTER TABLE strict_one ADD COLUMN extra TEXT; CREATE INDEX by_extra ON strict_one (extra)',
  'ALTER TABLE users ADD COLUMN post TEXT REFERENCES posts (a)',
  'ALTER TABLE users DROP COLUMN size',
  'DROP INDEX by_name; ALTER TABLE users DROP COLUMN "Two Words"',
  'DROP TABLE strict_one; DROP TABLE "Docs"',
  remake('users', [
    ['email VARCHAR(100) NOT NULL COLLATE nocase UNIQUE', 'email TEXT'],
    [", CONSTRAINT named CHECK (name <> '')", ''],
  ]),
  remake('posts', [
    ['user_id INT REFERENCES users DEFERRABLE INITIALLY DEFERRED', 'user_id TEXT NOT NULL'],
    [', UNIQUE (a, x COLLATE rtrim)', ''],
    ['PRIMARY KEY (b, a)', "PRIMARY KEY (a, b), CHECK (b > 1 OR a = 'a')"],
  ]),
]

test('each change is taken back, and every row of what stays is kept', async (t) => {
  const at = await database(t, RICH + ROWS)
  const expected = await at.dialect.introspect(at.writer)
  for (const change of CHANGES) {
    const one = await database(t, RICH + ROWS)
    const rows = await rowsOf(one.writer)
    await one.writer.query(change)
    assert.notDeepEqual(await differences(one, expected), [], change)
    await undoAll(one, expected, change)
    assert.deepEqual(
      await rowsOf(one.writer),
      {
        ...rows,
        ...(change.startsWith('DROP TABLE') && { strict_one: [] }),
        ...(change.includes('DROP COLUMN "Two') && {
          users: (rows.users ?? []).map((row) => ({ ...(row as object), 'Two Words': -1 })),
        }),
      },
      change,
    )
    await one.writer.query("INSERT INTO users (email) VALUES ('new@x.y')")
    assert.deepEqual(
      (await one.writer.query("SELECT id FROM users WHERE email = 'new@x.y'")).rows,
      [{ id: 4 }],
      change,
    )
  }
})

/** The table with another definition, and its rows: what a tool that knows no ALTER does. */
function remake(table: string, changes: readonly (readonly [from: string, to: string])[]): string {
  const [definition = ''] = RICH.match(new RegExp(`CREATE TABLE ${table} [^;]*`)) ?? []
  // as the table stands, without its indexes and triggers
  const columns = table === 'users' ? 'id, email, name, "Two Words", made' : 'a, b, user_id, up, x'
  const changed = changes.reduce(
    (text, [from, to]) => {
      assert.ok(text.includes(from), from)
      return text.replace(from, to)
    },
    definition.replace(/\s+/g, ' '),
  )
  return `PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
    ${changed.replace(`CREATE TABLE ${table} `, 'CREATE TABLE other ')};
    INSERT INTO other (${columns}) SELECT ${columns} FROM ${table};
    UPDATE sqlite_sequence SET seq = 3 WHERE name = 'other';
    DROP TABLE ${table}; ALTER TABLE other RENAME TO ${table};
    PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON`
}

async function undoAll(one: Database, expected: Snapshot, change: string): Promise<void> {
  const live = await one.dialect.introspect(one.writer)
  const plan = await planUndo(one.dialect, diffSnapshots(expected, live), live, expected)
  for (const part of ['statements', 'destroys'] as const) {
    for (const { difference, undo } of plan) {
      assert.ok(undo, `${change}: ${difference.key} has no SQL`)
      for (const sql of undo[part]) {
        const { rows } = await one.writer.query(sql)
        if (sql.includes('foreign_key_check')) assert.deepEqual(rows, [], change)
      }
    }
  }
  assert.deepEqual(await differences(one, expected), [], change)
}

async function rowsOf(session: Session): Promise<Record<string, readonly unknown[]>> {
  const read = async (table: string) =>
    (await session.query(`SELECT * FROM ${table}`)).rows.map((row) =>
      Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))),
    )
  return {
    users: await read('users'),
    posts: await read('posts'),
    strict_one: await read('strict_one'),
  }
}

test('a virtual table that differs has no SQL', async (t) => {
  const one = await database(t, 'CREATE VIRTUAL TABLE f USING fts5(a)')
  const expected = await one.dialect.introspect(one.writer)
  await one.writer.query('DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(a, b)')
  const [difference] = await differences(one, expected)
  assert.ok(difference)
  assert.equal(
    await one.dialect.undo(difference, { now: expected, after: expected, expected }),
    null,
  )
})
