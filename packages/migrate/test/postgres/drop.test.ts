import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { RICH_SCHEMA } from './rich-schema.ts'
import { IN_TRANSACTION, newDialect, newWriter, postgresKinds } from './setup.ts'

const BEFORE = `
CREATE TYPE old_mood AS ENUM ('ok');
CREATE TABLE users (id int, email text, PRIMARY KEY (id));
CREATE TABLE orders (id int PRIMARY KEY, user_id int);
CREATE VIEW mails AS SELECT email FROM users;
`

/** Everything that can come to tables that stay. */
const LEFTOVERS = `
CREATE TYPE mood AS ENUM ('ok');
CREATE SEQUENCE ticket;
CREATE FUNCTION total(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
ALTER TABLE users ADD COLUMN feeling mood, ADD COLUMN ticket int DEFAULT nextval('ticket'),
  ADD COLUMN base int, ADD COLUMN total int GENERATED ALWAYS AS (total(base)) STORED,
  ADD CONSTRAINT base_ok CHECK (total(base) > 0), ADD CONSTRAINT email_once UNIQUE (email);
ALTER TABLE orders ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users;
CREATE TABLE invitations (email text REFERENCES users (email), id int DEFAULT total(1));
ALTER TABLE orders ADD COLUMN invitation text;
CREATE INDEX by_total ON users (total(id));
CREATE TRIGGER noting BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note();
CREATE VIEW feelings AS SELECT feeling, total(base) AS total FROM users;
CREATE VIEW ok_feelings AS SELECT * FROM feelings WHERE feeling = 'ok';
CREATE FUNCTION all_feelings() RETURNS SETOF feelings LANGUAGE sql AS 'SELECT * FROM feelings';
`

for (const kind of postgresKinds) {
  describe(`drop statements on ${kind.name}`, { skip: kind.skip }, () => {
    it('empty a schema with something of every kind', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query(RICH_SCHEMA)
      const facts = [...(await dialect.introspect(writer)).values()]
      await writer.begin(IN_TRANSACTION)
      const statements = dialect.dropStatements(facts)
      for (const statement of statements) await writer.query(statement)
      await writer.commit()
      assert.doesNotMatch(statements.join('\n'), /CASCADE/)
      assert.deepEqual([...(await dialect.introspect(writer)).keys()], [])
      assert.deepEqual((await dialect.tableNames(writer)).sort(), [
        'schema_migration_log',
        'schema_migrations',
      ])
    })

    it('take back what came to tables that stay, and leave the rest', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query(BEFORE)
      const before = await dialect.introspect(writer)
      await writer.query(LEFTOVERS)
      const after = await dialect.introspect(writer)
      const leftovers = [...after].filter(([key]) => !before.has(key)).map(([, fact]) => fact)
      for (const statement of dialect.dropStatements(leftovers)) await writer.query(statement)
      assert.deepEqual(diffSnapshots(before, await dialect.introspect(writer)), [])
    })

    it('of nothing are none', async (t) => {
      assert.deepEqual((await newDialect(t, kind)).dropStatements([]), [])
    })
  })
}
