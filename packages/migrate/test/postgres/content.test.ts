import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readContent } from '../../src/dialect/postgres/backup/content.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { backupKinds, dumpOf, NEVER, prepared, run } from './restore-support.ts'
import { RICH_SCHEMA } from './rich-schema.ts'
import { newDialect, newTarget, postgresKinds } from './setup.ts'

const ROWS = `
INSERT INTO users (email, name, feeling, size, at, during, touched) VALUES
  ('a@x', NULL, 'sad', 3, '(1.5,-2,NaN)', '[1,2)', '2026-01-02 03:04:05.678+09'),
  ('b@x', 'täst', 'happy', 7, NULL, NULL, 'infinity');
INSERT INTO "Odd.Name" (user_id, parent) VALUES (1, 1), (2, 2);
INSERT INTO cache VALUES ('k', '{"b": 1.50, "a": [null, "\\u00e4"]}');
INSERT INTO events VALUES ('2026-05-05', 'x'), ('2026-05-05', 'x');
INSERT INTO audit.log VALUES (1, 'postgres', 'n');
CREATE TABLE kinds (t text, n numeric, f float8, f4 float4, b bytea, j json, a int[], d date, i interval, m money,
  u uuid, net inet, bits bit varying, r regclass, x xml, p point, tz timetz, v tsvector, big bigint);
INSERT INTO kinds VALUES (E'a\\tb', 12345678901234567890.000100, 0.1::float8 + 0.2, 1e-10, '\\xdeadbeef', '{"a" :1}',
  '{1,NULL,3}', '0044-03-15 BC', '1 year -2 days 03:04:05.6', 12.5, gen_random_uuid(), '10.0.0.1/8', B'101', 'users',
  '<a/>', '(1,2)', '12:00+05:30', 'fat:2 cat:3', 9223372036854775807);
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE t (t int, dropped int, u int); ALTER TABLE t DROP COLUMN dropped; INSERT INTO t VALUES (1, 2);
CREATE TABLE parent (n int); CREATE TABLE child (m int) INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
REFRESH MATERIALIZED VIEW counts;
SELECT lo_from_bytea(77001, 'large'), lo_from_bytea(77002, ''), lo_put(lo_from_bytea(77003, 'x'), 700000, 'sparse');
`

const ROW_COUNTS = {
  'Odd.Name': 2,
  'audit.log': 1,
  cache: 1,
  child: 1,
  events: 2,
  kinds: 1,
  lists: 0,
  nothing: 1,
  parent: 1,
  schema_migration_log: 0,
  schema_migrations: 0,
  t: 1,
  users: 2,
}

/** Each changes one value. */
const CHANGES = [
  "UPDATE users SET touched = touched + interval '1 millisecond' WHERE id = 1",
  'UPDATE cache SET value = \'{"b": 1.5, "a": [null, "\\u00e4"]}\'',
  "UPDATE events SET kind = 'y' WHERE ctid = (SELECT min(ctid) FROM events)",
  "UPDATE kinds SET b = '\\xdeadbeee'",
  'UPDATE kinds SET f = 0.3',
  'UPDATE kinds SET n = n + 0.000000000000000001',
  'UPDATE kinds SET a[2] = 0',
  'INSERT INTO nothing DEFAULT VALUES',
  'UPDATE t SET t = 2, u = 1',
  'UPDATE child SET m = 4',
  "SELECT lo_put(77001, 1, 'A')",
  "SELECT lo_put(77003, 699999, 'A')",
  'SELECT lo_unlink(77002)',
  'ALTER TABLE audit.log RENAME TO logs',
]

for (const { kind, skip } of backupKinds) {
  describe(`what a database holds, on ${kind.name}`, { skip }, () => {
    it('is the same in what a dump of it is restored to, and in no other', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, RICH_SCHEMA + ROWS)
      const { file, content } = await dumpOf(t, dialect)
      assert.deepEqual(sorted(content.rows), ROW_COUNTS)
      assert.deepEqual(sorted(await dialect.backup.rows()), ROW_COUNTS)
      const restored = await prepared(t, dialect, file)
      assert.deepEqual(await restored.content(), content)
      assert.deepEqual(
        diffSnapshots(await snapshotOf(dialect), await snapshotOf(restored.dialect)),
        [],
        'the schema is the same too',
      )
      const seen = new Set([content.digest])
      for (const change of CHANGES) {
        await run(restored.dialect, change)
        const { digest } = await restored.content()
        assert.ok(!seen.has(digest), change)
        seen.add(digest)
      }
    })

    it('is the same on a newer server', async (t) => {
      const newer = postgresKinds.find((other) => other.name > kind.name && !other.skip)
      if (!newer) return t.skip('no newer server is installed')
      const dialect = await newDialect(t, kind)
      await run(dialect, RICH_SCHEMA + ROWS)
      const { file, content } = await dumpOf(t, dialect)
      const restored = await prepared(t, await newDialect(t, newer), file)
      assert.deepEqual(await restored.content(), content)
    })
  })
}

for (const kind of postgresKinds) {
  describe(`the digest of ${kind.name}`, { skip: kind.skip }, () => {
    it('depends neither on the order of rows nor on what a role or a database has set', async (t) => {
      const target = await newTarget(t, kind)
      const dialect = createPostgresDialect(target)
      await run(
        dialect,
        "CREATE SCHEMA app; CREATE TABLE app.t AS SELECT n, now() AS at, n / 3.0::float8 AS f, '\\x00ff'::bytea AS b, interval '1 day' * n AS i FROM generate_series(1, 100) n",
      )
      const before = await readContent(target, NEVER)
      await run(dialect, 'CREATE TABLE app.u AS SELECT * FROM app.t ORDER BY n DESC')
      await run(dialect, 'DROP TABLE app.t; ALTER TABLE app.u RENAME TO t')
      const name = dialect.location.split('/').at(-1)
      for (const setting of [
        "TimeZone = 'Asia/Tokyo'",
        "DateStyle = 'German, DMY'",
        "IntervalStyle = 'sql_standard'",
        'extra_float_digits = -10',
        "bytea_output = 'escape'",
      ]) {
        await run(dialect, `ALTER DATABASE ${name} SET ${setting}`)
      }
      assert.deepEqual(await readContent(target, NEVER), before)
      await run(dialect, `ALTER DATABASE ${name} SET search_path = app`)
      const { rows, digest } = await readContent(target, NEVER)
      assert.deepEqual([rows, digest], [{ t: 100 }, before.digest])
    })
  })
}

const sorted = (rows: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)))

async function snapshotOf(dialect: Awaited<ReturnType<typeof newDialect>>) {
  const reader = await dialect.openReader()
  try {
    return await dialect.introspect(reader)
  } finally {
    await reader.close()
  }
}
