import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { renderUndo } from '../../src/cli/render/drift.ts'
import type { MigrateError } from '../../src/errors.ts'
import { readSource } from '../../src/journal/archive.ts'
import { checksum } from '../../src/migration/checksum.ts'
import type { DriftResult } from '../../src/run/drift.ts'
import { assertTracked, createProject, table } from './project.ts'
import { uncommented } from './undo-script.ts'

/** What is done by hand behind the migrations' back, and the differences that it makes, dangerous ones with an `!`. */
const BY_HAND: readonly (readonly [statement: string, ...keys: string[]])[] = [
  ['DROP INDEX idx_a_label', '!index a.idx_a_label'],
  ['CREATE INDEX idx_a_plain ON a (label, id)', 'index a.idx_a_plain'],
  ['CREATE UNIQUE INDEX idx_b_unique ON b (label)', '!index b.idx_b_unique'],
  ['ALTER TABLE b ADD COLUMN note TEXT', 'column b.note'],
  ["ALTER TABLE b ADD COLUMN mark TEXT NOT NULL DEFAULT 'x'", 'column b.mark'],
  ['ALTER TABLE c RENAME COLUMN label TO title', '!column c.label', '!column c.title'],
  ['DROP TABLE d', '!table d'],
  [
    'CREATE TABLE strange (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id))',
    'table strange',
  ],
  ['CREATE VIEW seen AS SELECT id FROM a', 'view seen'],
  ['DROP VIEW v', '!view v'],
]

const FILES = {
  'v1.sql': `-- migrate:up
CREATE TABLE a (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE INDEX idx_a_label ON a (label);
CREATE TABLE b (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE TABLE c (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE TABLE d (id INTEGER PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM b;
`,
}

const judged = ({ differences }: DriftResult): string[] =>
  differences.map(({ key, danger }) => (danger === 'dangerous' ? `!${key}` : key)).sort()

const keysOf = (items: readonly { key: string }[]): string[] => items.map(({ key }) => key)

for (const kind of databases) {
  describe(`drift on ${kind.name}`, { skip: kind.skip }, () => {
    test('each change by hand is found and judged, and the statements undo them all', async (t) => {
      const project = await createProject(t, kind, FILES)
      const { migrator } = project
      await migrator.migrate()
      const clean = await migrator.drift()
      assert.deepEqual([clean.ok, clean.differences, clean.base.kind], [true, [], 'kept'])
      for (const [statement] of BY_HAND) await project.query(statement)
      const found = await migrator.drift()
      assert.equal(found.ok, false)
      assert.deepEqual(judged(found), BY_HAND.flatMap(([, ...keys]) => keys).sort())
      assert.ok(found.differences.every(({ why, message }) => why && message))

      const script = renderUndo(found)
      await project.query(script)
      const left = await migrator.drift()
      assert.deepEqual(judged(left), ['column b.mark', 'column b.note', 'table strange'])
      await project.query(uncommented(script))
      assert.deepEqual((await migrator.drift()).differences, [])
    })

    test('migrate refuses dangerous drift, and goes on with it when told to', async (t) => {
      const project = await createProject(t, kind, FILES)
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.query('DROP VIEW v')
      await project.query('DROP TABLE d')
      await project.query('DROP INDEX idx_a_label')
      await project.query('CREATE UNIQUE INDEX idx_b_unique ON b (label)')
      await project.query('CREATE TABLE strange (id INTEGER)')
      assert.equal((await migrator.migrate()).outcome, 'nothing')
      await project.write('v2.sql', table('e', 'v1'))
      const before = await migrator.log()
      await assert.rejects(migrator.migrate(), (error: MigrateError) => {
        assert.equal(error.code, 'DRIFT')
        assert.match(error.message, /idx_b_unique.*table d is missing; .*and 1 more/)
        assert.match(error.hint, /`drift`.*--accept-drift/)
        return true
      })
      assert.deepEqual(await migrator.log(), before)

      await migrator.migrate({ acceptDrift: true })
      const accepted = (await migrator.log()).find(({ event }) => event === 'drift_accepted')
      assert.deepEqual(JSON.parse(accepted?.detail ?? '').differences.toSorted(), [
        'index a.idx_a_label',
        'index b.idx_b_unique',
        'table d',
        'view v',
      ])
      const { differences, base } = await migrator.drift()
      assert.deepEqual([differences, base.kind], [[], 'kept'])
      await project.write('v3.sql', table('f', 'v1'))
      assert.equal((await migrator.migrate()).outcome, 'done')
      await assertTracked(project)
    })

    test('what is harmless passes and is told, and only once', async (t) => {
      const project = await createProject(t, kind, FILES)
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.query('CREATE TABLE strange (id INTEGER)')
      for (const [file, count] of [
        ['v2.sql', 1],
        ['v3.sql', 0],
      ] as const) {
        await project.write(file, table(`t_${file.slice(0, 2)}`, 'v1'))
        project.events.length = 0
        await migrator.migrate()
        const told = project.events.filter(
          (event) => event.type === 'finding' && event.finding.at?.object === 'table strange',
        )
        assert.equal(told.length, count)
      }
      // what another tool made, it may remove again
      await migrator.snapshot()
      await project.query('DROP TABLE strange')
      assert.deepEqual(judged(await migrator.drift()), ['table strange'])
    })

    test('after a change of the journal by hand, the generated snapshot says what should be there', async (t) => {
      const project = await createProject(t, kind, { ...FILES, 'v2.sql': table('e', 'v1') })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.query('DROP TABLE e')
      await project.query(
        "UPDATE schema_migrations SET status = 'rolled_back' WHERE version = 'v2'",
      )
      await assert.rejects(migrator.drift(), { code: 'SNAPSHOT_MISSING' })
      await migrator.snapshot()
      const { base, differences } = await migrator.drift()
      assert.deepEqual([base, differences], [{ kind: 'generated', versions: 1 }, []])
      await project.query('DROP VIEW v')
      await assert.rejects(migrator.migrate(), {
        code: 'DRIFT',
        message: /as its migrations make it: view v/,
      })
      await project.query('CREATE VIEW v AS SELECT id FROM b')
      await migrator.migrate()
      assert.equal((await migrator.drift()).base.kind, 'kept')
    })

    test('after a restore, the generated snapshot says what should be there', async (t) => {
      if (!kind.hasBackupTools) return t.skip('no backup tools')
      const project = await createProject(t, kind, FILES)
      const { migrator } = project
      await migrator.snapshot()
      await migrator.migrate()
      await project.query('DROP INDEX idx_a_label')
      await migrator.backup()
      await migrator.restore({ from: { latest: true }, backup: false })
      const restored = await migrator.drift()
      assert.equal(restored.base.kind, 'generated')
      assert.deepEqual(judged(restored), ['!index a.idx_a_label'])
    })

    test('a work on the data and a rollback do not hide what was changed before them', async (t) => {
      const project = await createProject(t, kind, { ...FILES, 'v2.sql': table('e', 'v1') })
      const migrator = await project.open({ backup: 'off' })
      await migrator.migrate()
      await project.query('DROP INDEX idx_a_label')
      await migrator.work({ name: 'tidy', needs: ['v1'] }, async ({ transaction, query }) => {
        await transaction(() => query("INSERT INTO a VALUES (1, 'x')"))
        return { outcome: 'done' }
      })
      assert.deepEqual(judged(await migrator.drift()), ['!index a.idx_a_label'])
      project.events.length = 0
      await migrator.rollback({ version: 'v2' })
      const told = project.events.flatMap((event) =>
        event.type === 'finding' && event.finding.code === 'DRIFT'
          ? [event.finding.at?.object]
          : [],
      )
      assert.deepEqual(told, ['index a.idx_a_label'])
    })

    test('a step that failed half-way is tried again, and what it left is named as that', async (t) => {
      const halfway = (last: string): string =>
        `-- migrate:up transaction:false\nCREATE TABLE e (id INTEGER);\nDROP INDEX idx_a_label;\n${last};`
      const project = await createProject(t, kind, {
        ...FILES,
        'v2.sql': halfway('INSERT INTO e VALUES (1)'),
      })
      const migrator = await project.open({ backup: 'off' })
      await migrator.snapshot()
      await migrator.migrate({ version: 'v1' })
      // what v2 inserts is taken once
      await project.query('CREATE TABLE e (id INTEGER UNIQUE)')
      await project.query('DROP TABLE e')
      await project.write('v2.sql', halfway('INSERT INTO e VALUES (1, 2)'))
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await project.write('v2.sql', halfway('INSERT INTO e VALUES (1)'))
      const { differences, leftovers, base } = await migrator.drift()
      assert.deepEqual([differences, base.kind], [[], 'kept'])
      assert.deepEqual(keysOf(leftovers).sort(), ['index a.idx_a_label', 'table e'])
      assert.ok(leftovers.every(({ why }) => why.includes('v2, which failed')))
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      // it stays so where only the generated snapshot is known
      await project.query('DELETE FROM schema_migration_archive')
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
    })

    test('the newest snapshots are kept, sources once; one that was edited is found and passed over', async (t) => {
      const project = await createProject(t, kind, FILES)
      const migrator = await project.open({ backup: 'off' })
      for (let version = 2; version <= 15; version++) {
        await project.write(`v${version}.sql`, table(`t${version}`, 'v1'))
      }
      await migrator.migrate()
      const older = Array.from({ length: 12 }, (_, at) => `('${at + 1}')`)
      await project.query(
        `INSERT INTO schema_migration_archive
         SELECT s.kind, k.column1, s.at, s.content, s.hash FROM (VALUES ${older}) AS k
         CROSS JOIN (SELECT * FROM schema_migration_archive WHERE kind = 'snapshot') AS s`,
      )
      await project.write('v16.sql', table('t16', 'v1'))
      await migrator.migrate()
      const kept = await project.query<{ kind: string; key: string }>(
        'SELECT kind, key FROM schema_migration_archive ORDER BY kind, LENGTH(key), key',
      )
      const of = (wanted: string) => kept.filter(({ kind }) => kind === wanted)
      const [newest] = await migrator.log({ limit: 1 })
      assert.deepEqual(
        [of('snapshot').length, of('snapshot').at(-1)?.key, of('snapshot')[0]?.key],
        [10, String(newest?.seq), '5'],
      )
      assert.equal(of('source').length, 16)
      // no entry says that those were kept
      await project.query(
        "DELETE FROM schema_migration_archive WHERE kind = 'snapshot' AND key <> $1",
        [String(newest?.seq)],
      )

      const text = table('t2', 'v1')
      const reader = await (await project.dialect()).openReader()
      t.after(() => reader.close())
      assert.equal(await readSource(reader, checksum(Buffer.from(`\uFEFF${text}`))), text)
      assert.equal(await readSource(reader, 'f'.repeat(64)), null)
      await assertTracked(project)

      await migrator.snapshot()
      for (const edit of [
        "hash = 'x'",
        `content = (SELECT s.content FROM schema_migration_archive s WHERE s.kind = 'source' LIMIT 1)`,
      ]) {
        await project.query(`UPDATE schema_migration_archive SET ${edit} WHERE key = $1`, [
          String(newest?.seq),
        ])
        const { findings } = await migrator.validate({ categories: ['tracking'] })
        assert.deepEqual(
          findings.map(({ code, at }) => [code, at?.object]),
          [['SNAPSHOT_DAMAGED', `schema_migration_archive snapshot ${newest?.seq}`]],
        )
        const { base, findings: remarks } = await migrator.drift()
        assert.deepEqual([base.kind, remarks[0]?.code], ['generated', 'SNAPSHOT_DAMAGED'])
      }
    })
  })
}
