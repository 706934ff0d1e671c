import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import type { Writer } from '../../src/dialect/session.ts'
import { assertTracked, createProject, type Project, statuses, table } from './project.ts'

/** A lock that keeps nobody out, as behind a pooler that swaps backends. */
const unlocked = (dialect: Dialect): Dialect => ({
  ...dialect,
  acquireLock: async () => ({ terminated: 0, assertHeld: async () => {}, release: async () => {} }),
})

/** Does `meanwhile` just before the run begins its n-th transaction. */
const interrupted = (
  dialect: Dialect,
  transaction: number,
  meanwhile: () => Promise<unknown>,
): Dialect => ({
  ...unlocked(dialect),
  async openWriter(options) {
    const writer = await dialect.openWriter(options)
    let begins = 0
    const begin: Writer['begin'] = async (how) => {
      if (++begins === transaction) await meanwhile()
      await writer.begin(how)
    }
    return new Proxy(writer, {
      get: (target, key) => (key === 'begin' ? begin : Reflect.get(target, key)),
    })
  },
})

/** A journal that is there already is compared with the schema before. */
const FIRST_STEP = 2

const appliedEntries = async (project: Project): Promise<number> =>
  (await project.migrator.log()).filter(({ event }) => event === 'applied').length

for (const kind of databases) {
  describe(`without a lock that holds, on ${kind.name}`, { skip: kind.skip }, () => {
    test('no migration commits twice: the second runner loses the claim', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': table('b', 'v1'),
      })
      const other = await project.open({ backup: 'off' }, unlocked)
      const migrator = await project.open({ backup: 'off' }, (dialect) =>
        interrupted(dialect, FIRST_STEP, () => other.migrate({ version: 'v1' })),
      )
      await assert.rejects(migrator.migrate(), { code: 'CLAIM_LOST', message: /v1/ })
      assert.equal((await statuses(project)).v1, 'applied')
      assert.equal(await appliedEntries(project), 1)
      await project.migrator.migrate()
      assert.equal(await appliedEntries(project), 2)
      await assertTracked(project)
    })

    test('a rollback that another runner has done loses the claim as well', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      const other = await project.open({ backup: 'off' }, unlocked)
      const migrator = await project.open({ backup: 'off' }, (dialect) =>
        interrupted(dialect, FIRST_STEP + 1, () => other.rollback({ version: 'v1' })),
      )
      await assert.rejects(migrator.rollback({ version: 'v1' }), { code: 'CLAIM_LOST' })
      assert.equal((await statuses(project)).v1, 'rolled_back')
      await assertTracked(project)
    })

    test('a step says in the table since when it runs, and what', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': table('a'),
        'v2.sql': `-- migrate:up transaction:false
INSERT INTO seen SELECT applied_at, checksum FROM schema_migrations WHERE version = 'v2';
`,
      })
      const migrator = await project.open({ backup: 'off' })
      await assert.rejects(migrator.migrate(), { code: 'STEP_FAILED' })
      await project.query(
        'CREATE TABLE seen AS SELECT applied_at, checksum FROM schema_migrations WHERE false',
      )
      await migrator.migrate()
      const started = (await migrator.log()).findLast(({ event }) => event === 'started')
      const failed = (await migrator.log()).find(({ event }) => event === 'failed')
      const [seen] = await project.query<{ applied_at: string; checksum: string }>(
        'SELECT * FROM seen',
      )
      assert.equal(seen?.checksum, started?.checksum)
      assert.ok((seen?.applied_at ?? '') > (failed?.at ?? ''))
    })

    test('a log that went on meanwhile does not fork', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a'), 'v2.sql': table('b') })
      const other = await project.open({ backup: 'off' }, unlocked)
      const migrator = await project.open({ backup: 'off' }, (dialect) =>
        interrupted(dialect, FIRST_STEP, () => other.migrate({ version: 'v2' })),
      )
      // v1 is still to be had, but the chain's head is not where this run left it
      await assert.rejects(migrator.migrate({ version: 'v1' }))
      assert.ok(!(await project.introspect()).has('table a'), 'nothing is half done')
      await project.migrator.migrate()
      await assertTracked(project)
    })
  })
}
