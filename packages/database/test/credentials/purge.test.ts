import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases, execute } from '../../../../test/support/databases.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { connect } from '../support/connect.ts'
import { createScene } from './scene.ts'

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
      const asOwner = await encryptCredentials(await scene.migrator(), options)
      assert.deepEqual([asOwner.sealed, asOwner.purge, asOwner.findings], [0, 'done', []])
    })

    test('tells what keeps a table locked, and does not wait for it for ever', async (t) => {
      const scene = await createScene(t, kind)
      const migrator = await scene.migrator()
      const other = await connect(t, scene.url)
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
      assert.match(result.findings[0]?.message ?? '', /"user_preferences" locked/)
      await other.query('COMMIT')
      assert.equal((await encryptCredentials(migrator, { backup: false })).purge, 'done')
    })
  })
}
