import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { diffSnapshots } from '../../src/schema/diff.ts'
import type { Fact, Snapshot } from '../../src/schema/snapshot.ts'
import { database } from './support/database.ts'

const is = (snapshot: Snapshot, key: string): Fact['is'] | undefined => snapshot.get(key)?.is

// as SQLAlchemy writes it
const ONE = `
  CREATE TABLE users (
  \tid INTEGER NOT NULL,
  \temail VARCHAR(255) NOT NULL,
  \tprice DECIMAL(10, 2),
  \tactive BOOLEAN DEFAULT '1' NOT NULL,
  \tcreated_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
  \tPRIMARY KEY (id),
  \tUNIQUE (email),
  \tCONSTRAINT ck_price CHECK (price >= 0)
  );
  CREATE TABLE posts (id INTEGER NOT NULL, user_id INTEGER, PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE);
  CREATE INDEX ix_posts ON posts (user_id DESC) WHERE user_id IS NOT NULL;
  CREATE VIEW v AS SELECT id FROM users;`

// as Kysely does
const OTHER = `
  create table "users" ("id" integer primary key, "email" varchar(255) not null unique,
    "price" decimal(10,2) check ("price" >= 0), "active" boolean default '1' not null,
    "created_at" datetime default CURRENT_TIMESTAMP);
  create table "posts" ("id" integer not null primary key,
    "user_id" integer references "Users" on delete cascade);
  create index if not exists "ix_posts" on "posts" ("user_id" desc) where ("user_id" is not null);
  create view if not exists "v" as select "id" from "users"`

test('the same schema in other spelling gives the same facts', async (t) => {
  const [one, other] = [await database(t, ONE), await database(t, OTHER)]
  assert.deepEqual(
    diffSnapshots(
      await one.dialect.introspect(one.writer),
      await other.dialect.introspect(other.writer),
    ),
    [],
  )
})

test('every kind of fact is read', async (t) => {
  const { dialect, writer } = await database(
    t,
    `CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, "check" TEXT COLLATE nocase,
       first  TEXT DEFAULT ('x' || 'y'), low TEXT AS (lower(first)) STORED, CHECK (id > 0 AND (id < 9)));
     CREATE TABLE b (x TEXT, y INT, z ANY, a_id INT REFERENCES a DEFERRABLE INITIALLY DEFERRED,
       PRIMARY KEY (y, x), UNIQUE (x, z), FOREIGN KEY (a_id, x) REFERENCES c (p, q)
       ON UPDATE SET NULL) STRICT, WITHOUT ROWID;
     CREATE UNIQUE INDEX i ON a (lower("check") DESC, first COLLATE RTRIM);
     CREATE TRIGGER tr AFTER INSERT ON a BEGIN SELECT 1; END;
     CREATE VIRTUAL TABLE f USING fts5(body, content='a')`,
  )
  const snapshot = await dialect.introspect(writer)
  const expected: Record<string, Fact['is']> = {
    'table a': { autoincrement: true },
    'column a.id': { type: 'INTEGER', notNull: true, default: null },
    'column a.check': { type: 'TEXT', notNull: false, default: null, collate: 'NOCASE' },
    'column a.first': { type: 'TEXT', notNull: false, default: "'x' || 'y'" },
    'column a.low': {
      type: 'TEXT',
      notNull: false,
      default: null,
      generated: 'lower(first) stored',
    },
    'primary_key a.primary': { columns: ['id'] },
    'check a.id > 0 and(id < 9)': { expression: 'id > 0 and(id < 9)' },
    'table b': { strict: true, withoutRowid: true },
    'primary_key b.primary': { columns: ['y', 'x'] },
    'unique b.x,z': { columns: ['x', 'z'] },
    'foreign_key b.a_id->a.id': {
      columns: ['a_id'],
      references: 'a',
      referencesColumns: ['id'],
      onDelete: 'no action',
      onUpdate: 'no action',
      deferred: true,
    },
    'foreign_key b.a_id,x->c.p,q': {
      columns: ['a_id', 'x'],
      references: 'c',
      referencesColumns: ['p', 'q'],
      onDelete: 'no action',
      onUpdate: 'set null',
    },
    'index a.i': {
      unique: true,
      columns: ['lower("check") desc', 'first collate rtrim'],
      where: null,
    },
    'trigger a.tr': { sql: 'create trigger tr after insert on a begin select 1 ; end' },
    'table f': { virtual: "create virtual table f using fts5(body,content = 'a')" },
  }
  for (const [key, fact] of Object.entries(expected)) {
    assert.deepEqual(is(snapshot, key), fact, key)
  }
  assert.deepEqual(
    [...snapshot.keys()].filter((key) => key.startsWith('table ')),
    ['table a', 'table b', 'table f'],
  )
})

test('the journal and SQLite’s own tables are left out', async (t) => {
  const { dialect, writer } = await database(
    t,
    `CREATE TABLE schema_migrations (version TEXT PRIMARY KEY);
     CREATE TABLE schema_migration_log (seq INTEGER PRIMARY KEY AUTOINCREMENT);
     CREATE INDEX j ON schema_migrations (version);
     CREATE TRIGGER k AFTER INSERT ON schema_migration_log BEGIN SELECT 1; END;
     CREATE TABLE t (a)`,
  )
  assert.deepEqual([...(await dialect.introspect(writer)).keys()], ['column t.a', 'table t'])
  assert.deepEqual(await dialect.tableNames(writer), [
    'schema_migrations',
    'schema_migration_log',
    't',
  ])
})

test('the statements that drop everything leave nothing, whatever the order of the facts', async (t) => {
  const { dialect, writer } = await database(
    t,
    `${ONE}
     CREATE VIRTUAL TABLE f USING fts5(body);
     CREATE TRIGGER tr AFTER INSERT ON posts BEGIN SELECT 1; END;
     CREATE TABLE "a ""b" (x REFERENCES posts);
     INSERT INTO users (id, email) VALUES (1, 'a'); INSERT INTO posts VALUES (1, 1)`,
  )
  const facts = [...(await dialect.introspect(writer)).values()]
  for (const sql of dialect.dropStatements(facts.reverse())) await writer.query(sql)
  assert.deepEqual(await dialect.introspect(writer), new Map())
})

test('single columns, indexes, views and triggers are dropped without their table', async (t) => {
  const { dialect, writer } = await database(t, 'CREATE TABLE t (a)')
  const before = await dialect.introspect(writer)
  await writer.query(
    `ALTER TABLE t ADD COLUMN b; CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT b FROM t;
     CREATE TRIGGER tr AFTER UPDATE OF b ON t BEGIN SELECT 1; END`,
  )
  const after = await dialect.introspect(writer)
  const added = [...after].filter(([key]) => !before.has(key)).map(([, fact]) => fact)
  for (const sql of dialect.dropStatements(added)) await writer.query(sql)
  assert.deepEqual(await dialect.introspect(writer), before)
})

test('a scratch database is empty, apart, and goes without a trace', async (t) => {
  const { dialect, file } = await database(t, ONE)
  const scratch = await dialect.scratch()
  const writer = await scratch.dialect.openWriter({ runId: 'x', onNotice() {} })
  assert.deepEqual(await scratch.dialect.introspect(writer), new Map())
  await writer.close()
  assert.notEqual(scratch.dialect.location, file)
  await scratch.remove()
  assert.equal(existsSync(dirname(scratch.dialect.location)), false)
})
