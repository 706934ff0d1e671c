import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { plainClient } from '../../../../test/support/clients.ts'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { Session } from '../../src/dialect/session.ts'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { RICH_SCHEMA } from './rich-schema.ts'
import {
  IN_TRANSACTION,
  newDialect,
  newReader,
  newWriter,
  postgresKinds,
  targetOf,
} from './setup.ts'

/** What a database, a role or a session may have set, and what reads otherwise by it. */
const CHANGED = `SET search_path = public, audit, side; SET quote_all_identifiers = on; SET TimeZone = 'Asia/Tokyo';
  SET IntervalStyle = iso_8601; SET bytea_output = escape; SET standard_conforming_strings = off`
const MORE = `
CREATE SCHEMA side;
CREATE TABLE side.parent (id int PRIMARY KEY);
CREATE FUNCTION side.half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
CREATE TABLE printed (id int REFERENCES side.parent, half int DEFAULT side.half(4), raw bytea DEFAULT '\\x0001',
  long interval DEFAULT '1 day 2 hours', path text DEFAULT 'a\\b', CHECK (side.half(id) > 0));
CREATE TABLE times (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE times_2026 PARTITION OF times FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2027-01-01 00:00+00');
`

const settingsOf = async (session: Session) =>
  (
    await session.query(
      `SELECT current_setting('search_path') AS path, current_setting('quote_all_identifiers') AS quoted,
        current_setting('TimeZone') AS zone`,
    )
  ).rows

for (const kind of postgresKinds) {
  describe(`definitions on ${kind.name}`, { skip: kind.skip }, () => {
    it('read the same whatever is set, in a transaction and without, and leave it set', async (t) => {
      const dialect = await newDialect(t, kind)
      const [writer, reader] = [await newWriter(t, dialect), await newReader(t, dialect)]
      await writer.query(RICH_SCHEMA + MORE)
      const look = async (session: Session) => {
        const [facts, access] = await Promise.all([
          dialect.introspect(session),
          dialect.introspectAccess(session),
        ])
        return { facts, access }
      }
      const plain = await look(reader)
      const compare = async (change: string) => {
        await writer.query(change)
        const settings = await settingsOf(writer)
        const { facts, access } = await look(writer)
        assert.deepEqual(diffSnapshots(plain.facts, facts), [])
        assert.deepEqual(access, plain.access)
        assert.deepEqual(await settingsOf(writer), settings)
      }
      await compare(CHANGED)
      // a step begins with the settings of the connection
      await writer.begin(IN_TRANSACTION)
      await compare(CHANGED.replaceAll('SET ', 'SET LOCAL '))
      await writer.commit()
      assert.deepEqual(await settingsOf(writer), await settingsOf(reader))
    })

    it('that cannot be read leave nothing set', async (t) => {
      const dialect = await newDialect(t, kind)
      const [holder, writer] = [await newWriter(t, dialect), await newWriter(t, dialect)]
      await holder.query('CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t')
      await writer.query(`${CHANGED}; SET lock_timeout = '20ms'`)
      const settings = await settingsOf(writer)
      await holder.begin(IN_TRANSACTION)
      await holder.query('LOCK TABLE t')
      await assert.rejects(dialect.introspect(writer), { code: 'DDL_LOCK_TIMEOUT' })
      assert.deepEqual(await settingsOf(writer), settings)
      await writer.query('BEGIN; SAVEPOINT before')
      await assert.rejects(dialect.introspect(writer), { code: 'DDL_LOCK_TIMEOUT' })
      await writer.query('ROLLBACK TO before')
      assert.deepEqual(await settingsOf(writer), settings)
      await writer.rollback()
      await holder.rollback()
    })

    it('are the same after a dump and its restore', async (t) => {
      const client = plainClient(kind)
      if (!kind.hasBackupTools || client.skip) return t.skip('no pg_dump of this version')
      const [first, second] = [await testDatabase(t, kind), await testDatabase(t, kind)]
      const from = createPostgresDialect(targetOf(first))
      const to = createPostgresDialect(targetOf(second))
      const writer = await newWriter(t, from)
      await writer.query(RICH_SCHEMA + MORE)
      const script = join(await tempFolder(t), 'dump.sql')
      const [code] = await once(
        spawn('pg_dump', ['--file', script, first], { stdio: 'ignore' }),
        'close',
      )
      assert.equal(code, 0)
      const { output } = await client.run(second, script)
      assert.doesNotMatch(output, /ERROR/)
      const before = await from.introspect(writer)
      assert.deepEqual(diffSnapshots(before, await to.introspect(await newReader(t, to))), [])
    })
  })
}
