import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { databases, tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { splitStatements } from '../../src/sql/split.ts'
import { sqliteStatements } from './arbitraries.ts'

describe('split statements do what the whole text does on SQLite', () => {
  /** What the texts, run one after the other, leave in a new file. */
  function outcome(file: string, texts: readonly string[]): unknown {
    using database = new DatabaseSync(file)
    database.exec('PRAGMA synchronous = OFF; BEGIN; CREATE TABLE t0 (a)')
    for (const text of texts) database.exec(text)
    database.exec('COMMIT')
    return {
      schema: database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all(),
      temporary: database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_temp_schema').all(),
      rows: database.prepare('SELECT a FROM t0').all(),
    }
  }

  it('whatever the names, strings, comments and triggers hold', async (t) => {
    const folder = await tempFolder(t)
    let run = 0
    fc.assert(
      fc.property(sqliteStatements, (statements) => {
        const whole = statements.map((sql) => `${sql};\n`).join('-- ;\n')
        const split = splitStatements(whole, 'sqlite').map(({ text }) => text)
        run++
        assert.deepEqual(
          outcome(join(folder, `${run}-split.db`), split),
          outcome(join(folder, `${run}-whole.db`), [whole]),
        )
      }),
      { numRuns: 60 },
    )
  })
})

// one of everything that has a semicolon or a quote where a simple splitter goes wrong
const SCRIPT = String.raw`
CREATE TABLE "a;""b" (id int, "c--d" text DEFAULT ';''--');
CREATE TABLE log (note text); /* ; /* nested ; */ ; */
-- it's a comment;
CREATE FUNCTION plain() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM ';'; RETURN 1; END; $$;
CREATE FUNCTION tagged() RETURNS text LANGUAGE sql AS $body$ SELECT '$$;$$'::text; $body$;
CREATE OR REPLACE FUNCTION standard(x int) RETURNS text
BEGIN ATOMIC
  INSERT INTO log VALUES ('called;');
  SELECT CASE WHEN x > 1 THEN 'many;' ELSE CASE x WHEN 1 THEN 'one' END END AS end;
END;
CREATE PROCEDURE twice(x int) BEGIN ATOMIC SELECT standard(x); SELECT standard(x); END;
CREATE RULE pair AS ON DELETE TO "a;""b" DO ALSO (INSERT INTO log VALUES ('1;'); INSERT INTO log VALUES ('2'));
DO $do$ BEGIN INSERT INTO log VALUES ($in$;$in$); END $do$;
INSERT INTO log VALUES (E'a\';' -- continues;
  'b\';'), ('\'), (U&'d\0061t;'), ($$;$$), (E'\\');
INSERT INTO log SELECT 1 - -1 || '' WHERE 2*-1=-2;
SELECT twice$is$a$name.x FROM (SELECT 1 AS x) AS twice$is$a$name;
CALL twice(1);
DELETE FROM "a;""b"`

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(`split statements do what the whole text does on ${kind.name}`, {
    skip: kind.skip,
  }, () => {
    it('with dollar quotes, bodies, rules and strings of every kind', async (t) => {
      const outcome = async (texts: readonly string[]): Promise<unknown> => {
        const client = new pg.Client({ connectionString: await testDatabase(t, kind) })
        await client.connect()
        try {
          for (const text of texts) await client.query(text)
          const { rows } = await client.query(`
            SELECT pg_get_functiondef(oid) AS what FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT definition FROM pg_rules WHERE schemaname = 'public'
            UNION ALL SELECT table_name || column_name || column_default FROM information_schema.columns
              WHERE table_schema = 'public'
            UNION ALL SELECT note FROM log
            ORDER BY 1`)
          return rows
        } finally {
          await client.end()
        }
      }
      const split = splitStatements(SCRIPT, 'postgres').map(({ text }) => text)
      assert.equal(split.length, 13)
      assert.deepEqual(await outcome(split), await outcome([SCRIPT]))
    })
  })
}
