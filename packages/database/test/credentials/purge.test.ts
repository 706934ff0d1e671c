import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { databases, execute } from '../../../../test/support/databases.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { connect } from '../support/connect.ts'
import { filesOf } from './database-files.ts'
import { ANA, BEN, createScene, secretsIn } from './scene.ts'

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(`the purge on ${kind.name}`, { skip: kind.skip }, () => {
    test('names the statement that needs the owner of the database', async (t) => {
      const scene = await createScene(t, kind)
      const role = `plain_${process.pid}`
      await scene.query(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`)
      // the database, and with it what the role owns, is gone by then
      t.after(() => execute(new URL('/postgres', scene.url).href, `DROP ROLE ${role}`))
      await scene.query(`GRANT CREATE, USAGE ON SCHEMA public TO ${role}`)
      await scene.query(
        `DO $$ DECLARE t text; BEGIN
           FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
             EXECUTE format('ALTER TABLE %I OWNER TO ${role}', t);
           END LOOP;
         END $$`,
      )
      const url = new URL(scene.url)
      url.username = role
      url.password = 'plain'
      const migrator = await scene.migrator({ url: url.href })
      const options = { backup: false, backups: 'keep' } as const
      const result = await encryptCredentials(migrator, options)
      assert.deepEqual([result.sealed, result.purge], [7, 'open'])
      assert.deepEqual(
        result.findings.map(({ code, fix }) => [code, fix]),
        [
          [
            'PURGE_INCOMPLETE',
            'Let the owner of the database or a superuser run: VACUUM (FULL) pg_catalog.pg_statistic; or run `encrypt-credentials` as such a user.',
          ],
        ],
      )
      // the plain user purged the tables, and nobody yet the samples: that is still known
      const again = await encryptCredentials(migrator, { ...options, users: [ANA] })
      assert.deepEqual([again.sealed, again.purge, again.findings.length], [0, 'open', 1])
      const asOwner = await encryptCredentials(await scene.migrator(), options)
      assert.deepEqual([asOwner.sealed, asOwner.purge, asOwner.findings], [0, 'done', []])
      // rows that a policy hides are no rows that were looked at
      await scene.query('ALTER TABLE user_preferences ENABLE ROW LEVEL SECURITY')
      await scene.query('ALTER TABLE user_preferences FORCE ROW LEVEL SECURITY')
      await assert.rejects(encryptCredentials(migrator, options), {
        code: 'PERMISSION_DENIED',
        message: /every row of user_preferences/,
        hint: /BYPASSRLS/,
      })
    })

    test('what others write meanwhile is never lost', async (t) => {
      const scene = await createScene(t, kind)
      const other = await connect(t, scene.url)
      await other.query('BEGIN')
      await other.query(
        `UPDATE user_credentials SET encrypted_password = 'Written-Meanwhile' WHERE user_id = '${BEN}'`,
      )
      const running = encryptCredentials(await scene.migrator(), {
        backup: false,
        backups: 'keep',
      })
      const waiting = `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE%'`
      while ((await scene.query(waiting)).length === 0) await sleep(20)
      await other.query('COMMIT')
      assert.equal((await running).sealed, 7)
      const { [`${BEN}/work_fossa`]: written } = await scene.opened()
      assert.deepEqual(written, ['ben', 'Written-Meanwhile'])
    })

    test('tells what keeps a table locked, and does not wait for it for ever', async (t) => {
      const scene = await createScene(t, kind)
      const migrator = await scene.migrator()
      const other = await connect(t, scene.url)
      await other.query(
        'CREATE STATISTICS joint (mcv) ON user_id, encrypted_password FROM user_credentials',
      )
      const files = await filesOf(t, kind, scene)
      const result = await encryptCredentials(migrator, {
        backup: false,
        backups: 'keep',
        waitMs: 300,
        // a lock that lets others write, and nobody rewrite the table
        agree: async ({ purges }) => {
          assert.deepEqual(
            purges.map(({ table }) => table),
            ['user_credentials', 'user_preferences'],
          )
          await other.query('BEGIN')
          await other.query('LOCK TABLE user_preferences IN ROW SHARE MODE')
        },
      })
      assert.deepEqual([result.sealed, result.purge], [7, 'open'])
      assert.ok(result.findings.some(({ message }) => /"user_preferences" locked/.test(message)))
      const keep = { backup: false, backups: 'keep' } as const
      // a run for somebody else does not close what it did not purge
      const of = await encryptCredentials(migrator, { ...keep, users: [BEN], waitMs: 300 })
      assert.deepEqual([of.sealed, of.purge], [0, 'open'])
      await other.query('COMMIT')
      // and rows that are gone by now have left their dead ones
      await scene.query('DELETE FROM user_preferences')
      const last = await encryptCredentials(migrator, { ...keep, users: [BEN] })
      assert.deepEqual([last.purge, last.findings], ['done', []])
      assert.deepEqual(secretsIn(await files()), [])
    })
  })
}
