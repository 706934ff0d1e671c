import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import { masterKey, project } from '../../src/config.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { rotateCredentials } from '../../src/credentials/rotate.ts'
import { handOf } from '../faults/sound.ts'
import { faults } from '../support/faults.ts'
import { filesOf } from './database-files.ts'
import {
  ANA,
  createScene,
  EXPECTED,
  FIRST_KEY,
  oneOfEach,
  type Scene,
  SECRETS,
  secretsIn,
} from './scene.ts'

/** More of the same key than are read at a time: 2 to the power of it. */
const DOUBLED = 9

/** As a database is where somebody's row is gone: `validate --fix` has put what belonged to it into quarantine. */
async function quarantined(scene: Scene) {
  const { url: databaseUrl, backupDir, keyFile } = scene
  const migrator = await createMigrator({
    config: { ...project, databaseUrl, backup: 'off', backupDir },
    env: { [masterKey.file]: keyFile },
  })
  const hand = handOf(databaseUrl)
  await hand.run(`DELETE FROM users WHERE id = '${ANA}'`)
  await hand.close()
  assert.deepEqual((await migrator.mend()).failures, [])
  return migrator
}

const CLEAR = [
  'SECRET_IN_CLEAR quarantine_user_credentials.encrypted_password 1',
  'SECRET_IN_CLEAR quarantine_user_credentials.encrypted_username 1',
  `SECRET_IN_CLEAR quarantine_user_preferences.settings ${2 ** (DOUBLED + 1)}`,
  'SECRET_IN_CLEAR user_credentials.encrypted_password 1',
  'SECRET_IN_CLEAR user_credentials.encrypted_username 1',
  'SECRET_IN_CLEAR user_preferences.settings 1',
]

for (const kind of oneOfEach) {
  describe(`secrets in quarantine on ${kind.name}`, { skip: kind.skip }, () => {
    test('are found, sealed, purged and rotated, and open where they are put back', async (t) => {
      const scene = await createScene(t, kind)
      const files = await filesOf(t, kind, scene)
      const migrator = await quarantined(scene)
      for (let round = 0; round < DOUBLED; round++) {
        await scene.query(
          'INSERT INTO quarantine_user_preferences SELECT * FROM quarantine_user_preferences',
        )
      }
      for (const deep of [false, true]) {
        const found = faults(await migrator.validate({ categories: ['security'], deep }))
        const told = found.map(({ code, at, count }) => `${code} ${at?.object} ${count}`)
        assert.deepEqual(told.sort(), CLEAR)
        assert.match(JSON.stringify(found), /quarantine_user_credentials id \d/)
        for (const secret of Object.values(SECRETS)) {
          assert.ok(!JSON.stringify(found).includes(secret), 'a secret stands in a finding')
        }
      }

      const { sealed, findings, purge } = await encryptCredentials(migrator, { users: [ANA] })
      assert.equal(sealed, 2 + 2 ** (DOUBLED + 1))
      assert.deepEqual([findings.map(({ code }) => code), purge], [[], 'done'])
      // nor do the dead rows hold any that were left where the rows stood before
      assert.deepEqual(secretsIn(await files()), [SECRETS.odd, SECRETS.smtp])
      await encryptCredentials(migrator)
      assert.deepEqual(secretsIn(await files()), [])
      assert.deepEqual(
        faults(await migrator.validate({ categories: ['security'], deep: true })),
        [],
      )

      const all = 9 - 2 + 2 ** (DOUBLED + 1)
      const { census } = await encryptCredentials(migrator, { dryRun: true })
      assert.deepEqual(census.keys, { [FIRST_KEY]: all })
      const rotated = await rotateCredentials(migrator, { keyFile: scene.keyFile })
      assert.deepEqual([rotated.moved, rotated.findings], [all, []])

      await scene.query(`INSERT INTO users (id, email) VALUES ('${ANA}', 'ana@example.com')`)
      const back = await migrator.restoreQuarantined({ table: 'user_credentials' })
      assert.deepEqual(back.restored, [{ table: 'user_credentials', rows: 2 }])
      const opened = await scene.opened()
      for (const row of [`${ANA}/work_fossa`, `${ANA}/prover`] as const) {
        assert.deepEqual(opened[row], EXPECTED[row])
      }
    })
  })
}
