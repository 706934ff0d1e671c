import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { databases, execute } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { createProject } from '../contract/project.ts'
import { newReader, newWriter, targetOf, until, urlOfNewRole } from './setup.ts'

const SCHEMA = `-- migrate:up
CREATE TABLE a (id integer PRIMARY KEY, label text);
CREATE TABLE b (id integer PRIMARY KEY);
CREATE INDEX b_id ON b (id DESC);
`

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  test(`an index that somebody is building is no fault and no leftover, on ${kind.name}`, {
    skip: kind.skip,
  }, async (t) => {
    const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
    const migrator = await project.open({ backup: 'off' })
    await migrator.migrate()
    await migrator.snapshot()
    // both wait for it, their indexes invalid
    const holder = new pg.Client({ connectionString: project.url })
    await holder.connect()
    // where the test fails the database goes with it
    holder.on('error', () => {})
    await holder.query('BEGIN; LOCK a, b IN ROW EXCLUSIVE MODE')
    const building = Promise.all([
      execute(project.url, 'CREATE INDEX CONCURRENTLY by_hand ON a (label)'),
      execute(project.url, 'REINDEX TABLE CONCURRENTLY b'),
    ])
    building.catch(() => {})
    const invalid = 'SELECT count(*)::int AS number FROM pg_index WHERE NOT indisvalid'
    await until(async () => (await project.query(invalid))[0]?.number === 3)

    const { ok, differences, leftovers, findings } = await migrator.drift()
    assert.deepEqual([ok, differences, leftovers], [true, [], []])
    const built = ['index a.by_hand', 'index b.b_id_ccnew', 'index b.b_pkey_ccnew']
    assert.deepEqual(
      findings.map(({ message }) => message.replace(/\d+\.$/, 'N')).sort(),
      built.map((key) => `${key} is being built by process N`),
    )
    const validation = await migrator.validate({ categories: ['schema', 'indexes'] })
    assert.ok(validation.findings.every(({ severity }) => severity === 'info'))
    assert.deepEqual(
      validation.findings.filter(({ message }) => /is being built/.test(message)).length,
      built.length,
    )
    // who may not see what others do sees their locks
    const dialect = await project.dialect()
    const url = await urlOfNewRole(project.url, await newWriter(t, dialect))
    const stranger = createPostgresDialect(targetOf(url))
    const seen = await stranger.introspect(await newReader(t, stranger))
    assert.ok(built.every((key) => seen.get(key)?.builtBy !== undefined))

    await project.write('v2.sql', '-- migrate:up\nCREATE TABLE c (id integer);')
    await migrator.migrate()
    await holder.query('COMMIT')
    await holder.end()
    await building
    assert.deepEqual(
      (await migrator.drift()).differences.map(({ key, kind, danger }) => [key, kind, danger]),
      [['index a.by_hand', 'unexpected', 'harmless']],
    )
  })
}
