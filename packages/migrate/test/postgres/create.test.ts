import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { RICH_SCHEMA } from './rich-schema.ts'
import { IN_TRANSACTION, newDialect, newWriter, postgresKinds } from './setup.ts'

/** What the rich schema lacks. */
const MORE = `
CREATE TABLE parent (id int, note text NOT NULL);
CREATE TABLE child (more int CHECK (more > 0) NO INHERIT) INHERITS (parent);
CREATE TABLE events_2027 (at date NOT NULL, kind text);
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
ALTER TABLE parent ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
CREATE POLICY "two words" ON audit.log AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (true) WITH CHECK (length(what) > 1);
CREATE FUNCTION odd(a int, VARIADIC b text[] DEFAULT '{}') RETURNS TABLE (x int, "Y" text) LANGUAGE plpgsql STABLE STRICT
  SECURITY DEFINER PARALLEL SAFE SET search_path TO public, audit SET work_mem TO '5MB' AS $x$BEGIN RETURN; END -- $$
$x$;
CREATE VIEW careful WITH (security_barrier = true, check_option = local) AS SELECT id FROM users WHERE id > 0;
CREATE TRIGGER always AFTER TRUNCATE ON audit.log EXECUTE FUNCTION touch();
ALTER TABLE audit.log ENABLE ALWAYS TRIGGER always;
`

for (const kind of postgresKinds) {
  describe(`statements from facts on ${kind.name}`, { skip: kind.skip }, () => {
    it('make a schema with something of every kind again', async (t) => {
      const [first, second] = await Promise.all([newDialect(t, kind), newDialect(t, kind)])
      const [from, to] = await Promise.all([newWriter(t, first), newWriter(t, second)])
      await from.query(RICH_SCHEMA + MORE)
      const facts = await first.introspect(from)
      // whatever the order that they are given in
      const statements = await second.createStatements([...facts.values()].reverse())
      await to.begin(IN_TRANSACTION)
      for (const statement of statements) await to.query(statement)
      await to.commit()
      assert.deepEqual(diffSnapshots(facts, await second.introspect(to)), [])
    })
  })
}
