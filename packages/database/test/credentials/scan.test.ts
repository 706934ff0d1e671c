import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { ANA, createScene, oneOfEach } from './scene.ts'

const keep = { backup: false, backups: 'keep' } as const

for (const kind of oneOfEach) {
  describe(`secrets in odd places, on ${kind.name}`, { skip: kind.skip }, () => {
    test('settings with a secret name, numbers, odd keys and dispensers are found', async (t) => {
      const { query, migrator } = await createScene(t, kind)
      await query(
        `INSERT INTO global_settings (setting_key, setting_value) VALUES ('smtp_password', '"Gl0bal-One"'), ('theme', '"dark"')`,
      )
      await query(
        `INSERT INTO work_orders (id, user_id, site_name, scraped_data) VALUES ('w', '${ANA}', 's', '{"__proto__": {"a/b": {"api_key": 12345678901234567}}, "rate": 1.0}')`,
      )
      await query(
        `INSERT INTO dispensers (id, work_order_id, dispenser_number, form_data) VALUES ('d', 'w', '1', '[{"pwd": "Disp-enser-2"}]')`,
      )
      const project = await migrator()
      const mine = await encryptCredentials(project, { user: ANA, ...keep })
      assert.equal(mine.sealed, 4 + 2, "the user's work order and its dispenser")
      assert.equal((await encryptCredentials(project, keep)).sealed, 3 + 1)
      const [order] = await query(`SELECT CAST(scraped_data AS text) AS text FROM work_orders`)
      const text = String(order?.text)
      assert.match(text, /"__proto__": ?\{"a\/b": ?\{"api_key": ?"enc:v1:/)
      assert.match(text, /"rate": ?1\.0/, 'as it was written')
      assert.deepEqual((await encryptCredentials(project, keep)).outcome, 'nothing')
    })

    test('documents of many megabytes are read a few at a time', async (t) => {
      const { query, migrator } = await createScene(t, kind)
      const [filler, type] =
        kind.dialect === 'sqlite'
          ? ['hex(zeroblob(4500000))', 'text']
          : ["repeat('0', 9000000)", 'jsonb']
      for (const n of [1, 2]) {
        const json = `'{"token": "T${n}", "page": "' || ${filler} || '"}'`
        await query(
          `INSERT INTO user_scraped_content (user_id, content_type, content)
           VALUES ('${ANA}', 't${n}', CAST(${json} AS ${type}))`,
        )
      }
      assert.equal((await encryptCredentials(await migrator(), keep)).sealed, 7 + 2)
    })
  })
}

const [sqlite] = oneOfEach
test('what SQLite alone lets into a column is looked at too', async (t) => {
  assert.ok(sqlite)
  const { query, migrator } = await createScene(t, sqlite)
  await query(
    `UPDATE user_credentials SET encrypted_password = CAST('As-Bytes' AS BLOB) WHERE user_id = '${ANA}' AND service_name = 'work_fossa'`,
  )
  await query(`UPDATE user_preferences SET settings = '{"password": NaN' WHERE category = 'views'`)
  const result = await encryptCredentials(await migrator(), keep)
  assert.equal(result.sealed, 7)
  assert.deepEqual(
    result.findings.map(({ code, at }) => [code, at?.object]),
    [['JSON_UNREADABLE', 'user_preferences.settings']],
  )
})
