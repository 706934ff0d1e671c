import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import type { OnRecord } from '../../src/config/project-check.ts'
import { assertTracked, createProject, guardsOf, statuses, table } from './project.ts'

const MIRROR = 'CREATE TABLE mirror (seq INTEGER, event VARCHAR(20), version VARCHAR(50))'

const mirror: OnRecord = async ({ query }, { seq, event, version }) => {
  await query('INSERT INTO mirror VALUES ($1, $2, $3)', [seq, event, version])
}

/** Fails on the entries of one version, after it has written. */
const failingOn =
  (version: string): OnRecord =>
  async (tx, entry) => {
    await mirror(tx, entry)
    if (entry.version === version) throw new Error('the mirror is broken')
  }

/** A project at v1, with a table of its own for what onRecord sees from then on. */
async function mirrored(t: TestContext, kind: DatabaseKind) {
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.migrate({ backup: false })
  await project.query(MIRROR)
  const seen = async () =>
    (await project.query('SELECT event, version FROM mirror ORDER BY seq')).map(
      ({ event, version }) => [event, version],
    )
  return { ...project, seen }
}

for (const kind of databases) {
  describe(`the audit of the journal on ${kind.name}`, { skip: kind.skip }, () => {
    test('onRecord sees every entry, and what it writes commits with the step', async (t) => {
      const project = await mirrored(t, kind)
      await project.write('v2.sql', table('b'))
      await project.write('v3.sql', '-- migrate:up\nCREATE TABLE nowhere (;\n')
      const migrator = await project.open({ backup: 'off', onRecord: mirror })
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await migrator.repair({
        version: 'v3',
        action: { kind: 'set', status: 'rolled_back' },
        reason: 'nothing of it is there',
        backup: false,
      })
      assert.deepEqual(await project.seen(), [
        ['backup_skipped', null],
        ['applied', 'v2'],
        ['failed', 'v3'],
        ['backup_skipped', null],
        ['repaired', 'v3'],
      ])
      await assertTracked(project)
    })

    test('an onRecord that fails undoes the step, and the failure stays known without it', async (t) => {
      const project = await mirrored(t, kind)
      await project.write('v2.sql', table('b'))
      const migrator = await project.open({ backup: 'off', onRecord: failingOn('v2') })
      await assert.rejects(migrator.migrate(), {
        code: 'RECORD_REFUSED',
        message:
          /^v2 failed: .*onRecord failed on the entry `applied` of v2: the mirror is broken$/,
      })
      assert.deepEqual(await project.seen(), [['backup_skipped', null]])
      assert.equal((await statuses(project)).v2, 'failed')
      const codes = project.events.flatMap((event) =>
        event.type === 'finding' ? [event.finding.code] : [],
      )
      assert.ok(codes.includes('RECORD_REFUSED'))
      const names = await project.introspect()
      assert.ok(!names.has('table b'))
      await assertTracked(project)
    })

    test('a failed statement counts though onRecord caught it, and none comes after its end', async (t) => {
      const project = await mirrored(t, kind)
      await project.write('v2.sql', table('b'))
      const careless: OnRecord = async ({ query }) => {
        await query('INSERT INTO nowhere VALUES (1)').catch(() => {})
      }
      await assert.rejects(
        (await project.open({ backup: 'off', onRecord: careless })).migrate(),
        ({ code, message }) => code === 'RECORD_REFUSED' && /nowhere/.test(message),
      )
      let late: Promise<unknown> | undefined
      const forgetful: OnRecord = async (tx, entry) => {
        // not awaited, but begun: it belongs to the transaction
        mirror(tx, entry)
        late = new Promise((resolve) => setTimeout(resolve, 0)).then(() => tx.query('SELECT 1'))
        late.catch(() => {})
      }
      await (await project.open({ backup: 'off', onRecord: forgetful })).migrate()
      assert.deepEqual(await project.seen(), [
        ['backup_skipped', null],
        ['applied', 'v2'],
      ])
      await assert.rejects(late as Promise<unknown>, /after onRecord had ended/)
    })

    test('the first statement of onRecord that failed is what the user hears of', async (t) => {
      const project = await mirrored(t, kind)
      const careless: OnRecord = async ({ query }) => {
        await query('INSERT INTO nowhere VALUES (1)').catch(() => {})
        await query('INSERT INTO neither VALUES (1)')
      }
      const migrator = await project.open({ backup: 'off', onRecord: careless })
      await project.write('v2.sql', table('b'))
      await assert.rejects(
        migrator.migrate(),
        ({ code, message }) => code === 'RECORD_REFUSED' && /nowhere/.test(message),
      )
    })

    test('the log can be added to only', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      const [first] = await project.query('SELECT * FROM schema_migration_log')
      const attacks = [
        "UPDATE schema_migration_log SET os_user = 'nobody'",
        'DELETE FROM schema_migration_log',
        ...(kind.dialect === 'sqlite'
          ? ['INSERT OR REPLACE INTO schema_migration_log SELECT * FROM schema_migration_log']
          : ['TRUNCATE schema_migration_log']),
      ]
      for (const attack of attacks) await assert.rejects(project.query(attack), /append-only/)
      assert.deepEqual(await project.query('SELECT * FROM schema_migration_log'), [first])
    })

    test('a guard that is gone, switched off or hollow is found, and the next run puts it back', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      const [one, two] = await guardsOf(await project.dialect())
      const on = kind.dialect === 'sqlite' ? '' : ' ON schema_migration_log'
      await project.query(`DROP TRIGGER ${one}${on}`)
      if (kind.dialect === 'sqlite') {
        await project.query(`DROP TRIGGER ${two}`)
        await project.query(
          `CREATE TRIGGER ${two} BEFORE DELETE ON schema_migration_log BEGIN SELECT 1; END`,
        )
      } else await project.query(`ALTER TABLE schema_migration_log DISABLE TRIGGER ${two}`)
      const { ok, findings } = await project.migrator.validate({ categories: ['tracking'] })
      assert.ok(ok)
      assert.partialDeepStrictEqual(findings, [
        { code: 'LOG_UNGUARDED', severity: 'warning', examples: [one, two], check: 'log guarded' },
      ])
      assert.equal(findings.length, 1)
      await project.write('v2.sql', table('b'))
      await project.migrator.migrate({ backup: false })
      await assert.rejects(project.query('DELETE FROM schema_migration_log'), /append-only/)
      const mended = (await project.migrator.log()).find(({ event }) => event === 'mended')
      assert.deepEqual(JSON.parse(mended?.detail ?? ''), { mend: 'log_guard', what: [one, two] })
      await assertTracked(project)
    })
  })
}
