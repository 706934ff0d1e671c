import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { assertTracked, createProject, faults, type Project, statuses, table } from './project.ts'

const files = {
  'v1.sql': table('a'),
  'v2.sql': table('b', 'v1'),
  'v3.mjs': `export default {
  description: 'Two indexes that accept what is there',
  dependsOn: ['v2'],
  async up({ db, present }) {
    for (const name of ['idx_one', 'idx_two']) {
      if (await present('index', name)) continue
      await db.schema.createIndex(name).on('a').column('label').execute()
    }
  },
  async down({ db }) {
    for (const name of ['idx_one', 'idx_two']) await db.schema.dropIndex(name).execute()
  },
}`,
}

/** A database that another tool tracks: v1 and v2 applied, v3 failed halfway. */
async function trackedByAnother(project: Project): Promise<void> {
  for (const name of ['a', 'b']) {
    await project.query(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL)`)
    await project.query(`CREATE INDEX idx_${name}_label ON ${name} (label)`)
  }
  await project.query('CREATE INDEX idx_one ON a (label)')
  await project.query("INSERT INTO a (id, label) VALUES (1, 'kept')")
  await project.query(`CREATE TABLE schema_migrations (
    id INTEGER NOT NULL, version VARCHAR(50) NOT NULL, description TEXT,
    applied_at ${project.url.startsWith('sqlite') ? 'DATETIME' : 'TIMESTAMP'} NOT NULL,
    execution_time_ms INTEGER, checksum VARCHAR(64), rollback_applied BOOLEAN,
    rollback_at ${project.url.startsWith('sqlite') ? 'DATETIME' : 'TIMESTAMP'},
    status VARCHAR(20), error_message TEXT, metadata_json TEXT,
    PRIMARY KEY (id), UNIQUE (version))`)
  if (!project.url.startsWith('sqlite')) {
    await project.query('CREATE SEQUENCE ids OWNED BY schema_migrations.id')
    await project.query("ALTER TABLE schema_migrations ALTER id SET DEFAULT nextval('ids')")
  }
  for (const [version, status] of [
    ['v1', 'applied'],
    ['v2', 'applied'],
    ['v3', 'failed'],
  ]) {
    await project.query(
      `INSERT INTO schema_migrations (version, applied_at, status, checksum, metadata_json)
       VALUES ($1, '2026-11-22 13:49:59.430660', $2, 'theirs', '{"dependencies": []}')`,
      [version, status],
    )
  }
}

/** What stands in the folder of a SQLite database, byte for byte; null on PostgreSQL. */
async function bytesOf({ url }: Project): Promise<Record<string, string> | null> {
  if (!url.startsWith('sqlite:///')) return null
  const folder = dirname(url.slice('sqlite:///'.length))
  const names = (await readdir(folder)).sort()
  const digests = names.map(async (name) => hash('sha256', await readFile(join(folder, name))))
  return Object.fromEntries((await Promise.all(digests)).map((digest, n) => [names[n], digest]))
}

for (const kind of databases) {
  describe(`taking over on ${kind.name}`, { skip: kind.skip }, () => {
    test('a database that another tool tracks is adopted, and the next run completes it', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await trackedByAnother(project)
      await assert.rejects(migrator.migrate(), {
        code: 'JOURNAL_FOREIGN',
        hint: 'Run `adopt` to take it over.',
      })

      const result = await migrator.adopt()
      assert.equal(result.outcome, 'done', result.differences.join('\n'))
      assert.deepEqual(result.leftovers, [{ version: 'v3', objects: ['index a.idx_one'] }])
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'failed' })
      const [v1] = (await migrator.history()).filter(({ version }) => version === 'v1')
      assert.equal(v1?.appliedAt, '2026-11-22T13:49:59.430Z')

      await migrator.migrate()
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'applied' })
      assert.deepEqual(await project.query('SELECT label FROM a'), [{ label: 'kept' }])
      assert.deepEqual(faults(await migrator.validate()), [])
      await assert.rejects(migrator.adopt(), { code: 'JOURNAL_EXISTS' })
    })

    test('what differs is listed and nothing is written, unless it is accepted', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await trackedByAnother(project)
      await project.query('DROP INDEX idx_b_label')
      await project.query('ALTER TABLE b ADD COLUMN surprise INTEGER')
      await project.query('CREATE TABLE stranger (id INTEGER)')
      const before = await bytesOf(project)
      assert.equal((await migrator.adopt({ dryRun: true, acceptDrift: true })).outcome, 'planned')
      const result = await migrator.adopt()
      assert.equal(result.outcome, 'differs')
      assert.deepEqual(await bytesOf(project), before)
      assert.deepEqual(result.differences, [
        'column b.surprise is there, and no migration made it',
        'index b.idx_b_label is missing',
      ])
      assert.deepEqual(result.unexplained, ['table stranger'])
      assert.deepEqual(result.versions, [
        { version: 'v1', equal: true },
        { version: 'v2', equal: false },
      ])
      assert.equal((await migrator.status()).journal, 'foreign')

      assert.equal((await migrator.adopt({ acceptDrift: true })).outcome, 'done')
      const entry = (await migrator.log()).find(({ version }) => version === 'v2')
      assert.match(entry?.detail ?? '', /idx_b_label is missing/)
      await assertTracked(project)
    })

    test('a baseline starts a journal where there was none', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await trackedByAnother(project)
      await project.query('DROP TABLE schema_migrations')
      await project.query('DROP INDEX idx_one')
      assert.equal((await migrator.baseline({ version: 'v3' })).outcome, 'differs')
      assert.equal((await migrator.status()).journal, 'none')
      assert.equal((await migrator.baseline({ version: 'v2' })).outcome, 'done')
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'pending' })
      await migrator.migrate()
      assert.deepEqual(faults(await migrator.validate()), [])
    })

    test('rolling a failed version back removes what it left, and only that', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await trackedByAnother(project)
      await migrator.adopt()
      const planned = await migrator.rollback({ version: 'v3', dryRun: true })
      assert.deepEqual('removed' in planned && planned.removed, ['index a.idx_one'])
      await migrator.rollback({ version: 'v3' })
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied', v3: 'rolled_back' })
      const live = await project.introspect()
      assert.ok(!live.has('index a.idx_one') && live.has('index a.idx_a_label'))
      const [row] = (await migrator.history()).filter(({ version }) => version === 'v3')
      assert.equal(row?.metadata.partial, undefined, 'nothing of it is left to look for')
      await migrator.migrate()
      assert.deepEqual(faults(await migrator.validate()), [])
    })

    test('what an earlier attempt left stays known through a later failure', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await trackedByAnother(project)
      await migrator.adopt()
      await project.query('CREATE INDEX idx_two ON a (id)')
      await assert.rejects(migrator.migrate(), { code: 'SCHEMA_CONFLICT', message: /idx_two/ })
      await project.query('DROP INDEX idx_two')
      await migrator.rollback({ version: 'v3' })
      assert.ok(!(await project.introspect()).has('index a.idx_one'))
    })

    test('something of the right name and another make stands in the way, by name', async (t) => {
      const project = await createProject(t, kind, files)
      const { migrator } = project
      await migrator.snapshot()
      await migrator.migrate({ version: 'v2' })
      await project.query('CREATE INDEX idx_two ON a (id)')
      await assert.rejects(migrator.migrate(), { code: 'SCHEMA_CONFLICT', message: /idx_two/ })
      assert.equal((await statuses(project)).v3, 'failed')
      // the step was rolled back, so the index is somebody else's: a rollback leaves it alone
      await migrator.rollback({ version: 'v3' })
      assert.ok((await project.introspect()).has('index a.idx_two'))
      await project.query('DROP INDEX idx_two')
      await migrator.migrate()
      assert.deepEqual(faults(await migrator.validate()), [])
    })

    test('the generated snapshot is current, or the check says that it is not', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      const { migrator } = project
      await assert.rejects(migrator.snapshot({ check: true }), { code: 'SNAPSHOT_MISSING' })
      assert.equal((await migrator.snapshot()).outcome, 'done')
      assert.equal((await migrator.snapshot({ check: true })).outcome, 'nothing')
      await project.write('v2.sql', table('b'))
      await assert.rejects(migrator.snapshot({ check: true }), { code: 'SNAPSHOT_STALE' })
    })

    test('a version left running is set right with a reason, and only such a version', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      const { migrator } = project
      await migrator.migrate({ version: 'v1' })
      await project.query("UPDATE schema_migrations SET status = 'running' WHERE version = 'v1'")
      await assert.rejects(migrator.migrate(), { code: 'JOURNAL_DIRTY', message: /v1/ })
      const action = { kind: 'set', status: 'applied' } as const
      await migrator.repair({ version: 'v1', action, reason: 'looked at it: all there' })
      await migrator.migrate()
      await assert.rejects(migrator.repair({ version: 'v1', action, reason: 'again' }), {
        code: 'NOTHING_TO_REPAIR',
      })
      const entry = (await migrator.log()).find(({ event }) => event === 'repaired')
      assert.equal(entry?.reason, 'looked at it: all there')
      await assertTracked(project)
    })
  })
}
