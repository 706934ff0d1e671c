import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import { masterKey, project } from '../src/config.ts'
import { encryptCredentials } from '../src/credentials/encrypt.ts'
import {
  ANA,
  alterPassword,
  createScene,
  oneOfEach,
  type Scene,
  SECOND_KEY,
  SECRETS,
  writeKeyFile,
} from './credentials/scene.ts'

/** In JSON, each under another name that says so, or with another sign of it. */
const NAMED = [
  ...['"PASSWORD"', '"smtpPw"', '"secret"', '"app_token"', '"apiKey"', '"Authorization"', '"pin"'],
  ...['"cookie"', '"bearer"', '"credentials"', '"\\u0074oken"', '"pushover": {"user"'],
].map(
  (name) => `{${name}: "hidden"${name.includes('{') ? '}' : ''}, "text": "${'x'.repeat(1500)}"}`,
)

/** What FossaWork's own checks find in it, with this key file or none. */
async function found({ url, backupDir }: Scene, keyFile: string | null, deep = false) {
  const { checks } = project
  const names = ['no credential in clear', 'key present and right', 'master key']
  const migrator = await createMigrator({
    config: { ...project, checks, databaseUrl: url, backup: 'off', backupDir },
    env: keyFile === null ? {} : { [masterKey.file]: keyFile },
  })
  const { findings } = await migrator.validate({ categories: ['security'], deep })
  const all = findings.filter(({ check = '' }) => names.includes(check))
  for (const secret of Object.values(SECRETS)) {
    assert.ok(!JSON.stringify(findings).includes(secret), 'a secret stands in a finding')
  }
  return all.map(({ code, at, count }) => `${code} ${at?.object ?? ''} ${count ?? ''}`.trim())
}

for (const kind of oneOfEach) {
  describe(`the credentials of a database on ${kind.name}`, { skip: kind.skip }, () => {
    it('are found in clear, place by place, and not any more once they are encrypted', async (t) => {
      const scene = await createScene(t, kind)
      const { keyFile, query } = scene
      await query(
        `INSERT INTO work_orders (id, user_id, external_id, site_name, scraped_data, service_items) VALUES
          ('wo-1', '${ANA}', 'W-1', 'Stop', '{"url": "https://ana:hidden@shop.example"}', '["a \\u0070assed test"]'),
          ('wo-2', '${ANA}', 'W-2', 'Stop', '{"monkey": "Pinned", "passed": 3}', NULL)`,
      )
      // three of each, so that PostgreSQL looks through more than one bundle
      for (let round = 0; round < 3; round++) {
        const rows = NAMED.map((text, at) => `('${ANA}', 'ana', 'x${round}-${at}', '${text}')`)
        await query(
          `INSERT INTO user_activities (user_id, username, activity_type, details) VALUES ${rows}`,
        )
      }
      for (const deep of [false, true]) {
        assert.deepEqual((await found(scene, keyFile, deep)).sort(), [
          'SECRET_IN_CLEAR user_activities.details 36',
          'SECRET_IN_CLEAR user_credentials.encrypted_password 2',
          'SECRET_IN_CLEAR user_credentials.encrypted_username 2',
          'SECRET_IN_CLEAR user_preferences.settings 3',
          'SECRET_IN_CLEAR work_orders.scraped_data 1',
        ])
      }
      await encryptCredentials(await scene.migrator(), {})
      assert.deepEqual(await found(scene, keyFile), [])

      assert.deepEqual(await found(scene, null), [
        'KEY_UNUSABLE user_credentials.encrypted_username 46',
      ])
      const other = await writeKeyFile(`${keyFile}.other`, SECOND_KEY)
      assert.deepEqual(await found(scene, other), [
        'KEY_UNUSABLE user_credentials.encrypted_username 46',
      ])
      await chmod(other, 0o644)
      assert.deepEqual(await found(scene, other), ['KEY_UNUSABLE master key'])

      await alterPassword(scene, ANA)
      assert.deepEqual(await found(scene, keyFile), [
        'CREDENTIAL_UNREADABLE user_credentials.encrypted_password 2',
      ])
    })
  })
}
