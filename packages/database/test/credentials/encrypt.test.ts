import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import type { RunEvent } from '@fossawork/migrate'
import { databases } from '../../../../test/support/databases.ts'
import { masterKey } from '../../src/config.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { connect } from '../support/connect.ts'
import { filesOf } from './database-files.ts'
import {
  ANA,
  alterPassword,
  BEN,
  createScene,
  EXPECTED,
  type Scene,
  SECOND_KEY,
  secretsIn,
  writeKeyFile,
} from './scene.ts'

for (const kind of databases) {
  describe(`encrypt-credentials on ${kind.name}`, { skip: kind.skip }, () => {
    test('seals what stood in clear, and no file holds any of it afterwards', async (t) => {
      const scene = await createScene(t, kind)
      const events: RunEvent[] = []
      const migrator = await scene.migrator({ on: (event) => events.push(event) })
      if (kind.hasBackupTools) await migrator.backup()
      const files = await filesOf(t, kind, scene)
      assert.ok(secretsIn(await files()).length >= 5, 'the files are where the secrets are')

      const planned = await encryptCredentials(migrator, { dryRun: true })
      assert.deepEqual(
        [planned.outcome, planned.census.total.clear, planned.census.total.primary],
        ['planned', 7, 2],
      )
      assert.deepEqual(
        planned.census.users.map(({ user, clear }) => [user, clear]),
        [
          [ANA, 4],
          [BEN, 3],
        ],
      )
      const result = await encryptCredentials(migrator, { backups: 'encrypt' })
      assert.deepEqual(
        [result.outcome, result.sealed, result.purge, result.findings],
        ['done', 7, 'done', []],
      )
      assert.deepEqual(await scene.opened(), EXPECTED)
      const [row] = await scene.query(
        `SELECT CAST(settings AS text) AS settings FROM user_preferences WHERE category = 'pushover'`,
      )
      assert.match(String(row?.settings), /12345678901234567890/, 'every digit is kept')
      const kept = kind.hasBackupTools ? [scene.backupDir] : []
      assert.deepEqual(secretsIn([...(await files()), ...kept]), [])
      if (kind.hasBackupTools) {
        assert.deepEqual(
          [...new Set(result.olderBackups.map(({ became }) => became))],
          ['encrypted'],
        )
        assert.match(result.backup ?? '', /\.age$/)
      }
      assert.equal(secretsInText(events, planned, result), false)

      const again = await encryptCredentials(migrator)
      assert.deepEqual([again.outcome, again.sealed, again.findings], ['nothing', 0, []])
      if (kind.hasBackupTools) {
        // from after the proof: not worth a word, but an action is for all of them
        await (await scene.migrator({ env: {} })).backup()
        assert.deepEqual((await encryptCredentials(migrator)).olderBackups, [])
        const { olderBackups } = await encryptCredentials(migrator, { backups: 'encrypt' })
        assert.deepEqual(
          olderBackups.map(({ became }) => became),
          ['encrypted'],
        )
      }
      assert.equal((await migrator.validate()).ok, true)
    })

    test('without its key, or with another one, it writes nothing', async (t) => {
      const scene = await createScene(t, kind)
      const before = await stored(scene)
      const other = await writeKeyFile(join(dirname(scene.keyFile), 'other.key'), SECOND_KEY)
      for (const env of [{}, { [masterKey.file]: other }]) {
        const migrator = await scene.migrator({ env })
        const log = (await migrator.log()).length
        await assert.rejects(encryptCredentials(migrator), { code: 'KEY_MISSING' })
        assert.equal((await migrator.log()).length, log)
      }
      assert.deepEqual(await stored(scene), before)
    })

    test('one user alone; what was altered is told and left alone', async (t) => {
      const scene = await createScene(t, kind)
      const migrator = await scene.migrator()
      await assert.rejects(encryptCredentials(migrator, { users: ['nobody'] }), { code: 'USAGE' })
      const one = await encryptCredentials(migrator, {
        users: [BEN],
        backup: false,
        backups: 'keep',
      })
      assert.deepEqual([one.sealed, one.users, one.findings], [3, [BEN], []])
      await alterPassword(scene, BEN)
      const all = await encryptCredentials(migrator, { backup: false, backups: 'keep' })
      assert.equal(all.sealed, 4, 'those of the others')
      assert.deepEqual(
        all.findings.map(({ code, at }) => [code, at?.object]),
        [['CREDENTIAL_UNREADABLE', 'user_credentials.encrypted_password']],
      )
      const [altered] = await scene.query(
        `SELECT encrypted_password AS text FROM user_credentials WHERE user_id = '${BEN}'`,
      )
      assert.match(String(altered?.text), /AAAA/)
    })

    test('while others read an older state the purge is told as undone, and done later', async (t) => {
      const scene = await createScene(t, kind)
      const migrator = await scene.migrator()
      const files = await filesOf(t, kind, scene)
      const reader = await connect(t, scene.url)
      await reader.query(
        kind.dialect === 'sqlite' ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ',
      )
      await reader.query('SELECT count(*) FROM user_credentials')
      const options = { backup: false, backups: 'keep', waitMs: 300 } as const
      const first = await encryptCredentials(migrator, options)
      assert.deepEqual([first.sealed, first.purge], [7, 'open'])
      assert.ok(first.findings.every(({ code }) => code === 'PURGE_INCOMPLETE'))
      assert.ok(first.findings.length > 0)
      assert.notDeepEqual(secretsIn(await files()), [], 'the older state is still there')
      await reader.query('COMMIT')
      const second = await encryptCredentials(migrator, { backup: false, backups: 'keep' })
      assert.deepEqual(
        [second.outcome, second.sealed, second.purge, second.findings],
        ['done', 0, 'done', []],
      )
      assert.deepEqual(secretsIn(await files()), [])
    })
  })
}

async function stored({ query }: Scene): Promise<unknown[]> {
  return [
    ...(await query('SELECT * FROM user_credentials ORDER BY id')),
    ...(await query('SELECT * FROM user_preferences ORDER BY id')),
  ]
}

const secretsInText = (...values: readonly unknown[]): boolean =>
  Object.values(EXPECTED)
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .filter((secret) => secret.length > 3)
    .some((secret) => JSON.stringify(values).includes(secret))
