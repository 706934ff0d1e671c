import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import { hashEntry, OLDER_GENESIS } from '../../src/journal/chain.ts'
import { assertTracked, createProject, guardsOf, type Project, table, tamper } from './project.ts'

const TRACKING = { categories: ['tracking'] } as const

for (const kind of databases) {
  describe(`attacks on the journal's log on ${kind.name}`, { skip: kind.skip }, () => {
    test('an entry that a trigger swallows undoes its step, and the trigger is named', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.write('v2.sql', table('b'))
      const attacks = [
        ['schema_migration_log', 'INSERT', "NEW.event = 'applied'"],
        ['schema_migrations', 'UPDATE', "NEW.status = 'applied'"],
      ] as const
      for (const [at, event, when] of attacks) {
        const undo = await swallow(project, kind, at, event, when)
        await assert.rejects(project.migrator.migrate({ backup: false }), {
          code: 'JOURNAL_SWALLOWED',
        })
        assert.ok(!(await project.introspect()).has('table b'))
        const { findings } = await project.migrator.validate(TRACKING)
        assert.partialDeepStrictEqual(
          findings.filter(({ code }) => code === 'LOG_UNGUARDED'),
          [{ check: 'log guarded', examples: [`trigger swallow on ${at}`] }],
        )
        await undo()
      }
      await project.migrator.migrate({ backup: false })
      await assertTracked(project)
    })

    test('a journal of an older version is brought up to date by the next run, which says so', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      const before = await project.introspect()
      await makeOlder(project)
      await strip(project, kind)
      await assertTracked(project)
      assert.deepEqual(await project.introspect(), before)
      await project.write('v2.sql', table('b'))
      project.events.length = 0
      await project.migrator.migrate({ backup: false })
      const noise = project.events.filter(({ type }) => type === 'notice' || type === 'finding')
      assert.deepEqual(noise, [])
      await assert.rejects(project.query('DELETE FROM schema_migration_log'), /append-only/)
      const log = (await project.migrator.log()).reverse()
      assert.equal(log[1]?.event, 'journal_upgraded')
      assert.ok(log.every(({ event }) => event !== 'mended'))
      await assertTracked(project)
      await strip(project, kind)
      await assertStripped(project)
    })

    test('a journal whose guards and archive were removed does not pass for an older one', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await strip(project, kind)
      await assertStripped(project)
      await project.write('v2.sql', table('b'))
      await project.migrator.migrate({ backup: false })
      const log = await project.migrator.log()
      const { detail } = log.find(({ event }) => event === 'mended') ?? {}
      const { mend, what } = JSON.parse(detail ?? '{}')
      assert.deepEqual([mend, what[0]], ['log_guard', 'schema_migration_archive'])
      await assertTracked(project)
      await project.query("DELETE FROM schema_migration_archive WHERE kind = 'snapshot'")
      const { findings } = await project.migrator.validate(TRACKING)
      assert.deepEqual(
        findings.map(({ code, at }) => [code, at?.object]),
        [['SNAPSHOT_DAMAGED', 'schema_migration_archive snapshot']],
      )
    })

    test('a tail that was cut off the log is known to the snapshots that are kept', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.write('v2.sql', table('b'))
      await project.migrator.migrate({ backup: false })
      await tamper(project, 'DELETE FROM schema_migration_log WHERE seq > 2')
      const brokenAt = async () =>
        (await project.migrator.validate(TRACKING)).findings
          .filter(({ code }) => code === 'JOURNAL_CHAIN_BROKEN')
          .map(({ at }) => at?.object)
      assert.deepEqual(await brokenAt(), ['schema_migration_log 3'])
      // the numbers are taken again, by others
      await project.migrator.rollback({ version: 'v2', backup: false })
      assert.deepEqual(await brokenAt(), ['schema_migration_log 3'])
    })

    test('a log that was dropped is no journal to adopt, and a restore brings it back', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      const { file } = kind.hasBackupTools ? await project.migrator.backup() : { file: null }
      await project.query('DROP TABLE schema_migration_log')
      await assert.rejects(project.migrator.status(), {
        code: 'JOURNAL_CHAIN_BROKEN',
        message: /schema_migration_log was removed/,
      })
      if (file === null) return
      await project.migrator.restore({ from: { file }, force: true })
      await assertTracked(project)
    })
  })
}

/** Has the database take a statement and do nothing, without an error. Returns what takes that back. */
async function swallow(
  project: Project,
  { dialect }: DatabaseKind,
  at: string,
  event: string,
  when: string,
): Promise<() => Promise<unknown>> {
  if (dialect === 'sqlite') {
    await project.query(
      `CREATE TRIGGER swallow BEFORE ${event} ON ${at} WHEN ${when} BEGIN SELECT RAISE(IGNORE); END`,
    )
    return () => project.query('DROP TRIGGER swallow')
  }
  await project.query(
    'CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
  )
  await project.query(
    `CREATE TRIGGER swallow BEFORE ${event} ON ${at} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION swallow()`,
  )
  return () => project.query(`DROP TRIGGER swallow ON ${at}`)
}

/** Removes what guards the log, and what is kept with it. */
async function strip(project: Project, { dialect }: DatabaseKind): Promise<void> {
  await project.query('DROP TABLE schema_migration_archive')
  if (dialect === 'postgres') {
    await project.query('DROP FUNCTION schema_migration_log_guard() CASCADE')
    return
  }
  for (const trigger of await guardsOf(await project.dialect())) {
    await project.query(`DROP TRIGGER ${trigger}`)
  }
}

async function assertStripped(project: Project): Promise<void> {
  const { findings } = await project.migrator.validate(TRACKING)
  assert.deepEqual(
    findings.map(({ code, count }) => [code, count]),
    [['LOG_UNGUARDED', 4]],
  )
}

/** Writes the log's only entry as it was before a journal had an archive and a guarded log. */
async function makeOlder(project: Project): Promise<void> {
  const [entry, ...more] = await project.migrator.log()
  assert.ok(entry && more.length === 0)
  const older = { ...entry, prevHash: OLDER_GENESIS.hash }
  await tamper(
    project,
    `UPDATE schema_migration_log SET prev_hash = '${older.prevHash}', hash = '${hashEntry(older)}'`,
  )
}
