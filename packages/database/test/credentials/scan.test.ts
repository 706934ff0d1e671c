import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { hashPassword, verifyPassword } from '../../src/credentials/passwords.ts'
import { ANA, BEN, createScene, oneOfEach, SECRETS, secretsIn } from './scene.ts'
import { tapped } from './wire.ts'

const keep = { backup: false, backups: 'keep' } as const

for (const kind of oneOfEach) {
  describe(`secrets in odd places, on ${kind.name}`, { skip: kind.skip }, () => {
    test('settings with a secret name, numbers, odd keys and dispensers are found', async (t) => {
      const { url, query, migrator } = await createScene(t, kind)
      await query(
        `INSERT INTO global_settings (setting_key, setting_value) VALUES ('smtp_password', '"Gl0bal-One"'), ('theme', '"dark"')`,
      )
      await query(
        `INSERT INTO work_orders (id, user_id, site_name, scraped_data) VALUES ('w', '${ANA}', 's', '{"__proto__": {"a/b": {"api_key": 12345678901234567}}, "rate": 1.0}')`,
      )
      await query(
        `INSERT INTO dispensers (id, work_order_id, dispenser_number, form_data) VALUES ('d', 'w', '1', '[{"pwd": "Disp-enser-2"}]')`,
      )
      await query(
        `INSERT INTO configuration_audit (config_key, old_value, new_value) VALUES ('smtp_password', 'Old-Raw-1', '"Old-Json-2"'), ('smtp_url', 'smtp://a:Old-Url-3@h', 'nothing')`,
      )
      await query(
        `INSERT INTO security_events (event_type, severity, user_id, request_data, response_data) VALUES ('e', 'low', '${BEN}', 'password=prose', '[{"name": "token", "value": "Evt-4"}]')`,
      )
      const hash = await hashPassword('x')
      await query(`UPDATE users SET password_hash = '${hash}' WHERE id = '${ANA}'`)
      await query(`UPDATE users SET password_hash = 'Plain-Pass-5' WHERE id = '${BEN}'`)
      const wire = kind.dialect === 'postgres' ? await tapped(t, url) : null
      const project = await migrator(wire ? { url: wire.url } : {})
      const mine = await encryptCredentials(project, { users: [ANA], ...keep })
      assert.equal(mine.sealed, 4 + 2, "the user's work order and its dispenser")
      const all = await encryptCredentials(project, keep)
      assert.deepEqual([all.sealed, all.hashed, all.findings], [3 + 1 + 4, 1, []])
      if (wire) {
        const held = ['Gl0bal-One', 'Disp-enser-2', 'Old-Raw-1', 'Evt-4', 'Plain-Pass-5']
        const sent = wire.sent()
        assert.ok(sent.includes('enc:v1:'))
        for (const secret of [...held, ...Object.values(SECRETS)]) {
          assert.ok(!sent.includes(secret), 'the server may log what it is sent')
        }
      }
      const hashes = await query('SELECT password_hash AS text FROM users')
      const [other] = hashes.map(({ text }) => String(text)).filter((text) => text !== hash)
      assert.ok(await verifyPassword(other ?? '', 'Plain-Pass-5'))
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
      // what looks sealed with a key that is not here, or was cut off: named, and in nobody's way
      await query(
        `INSERT INTO user_credentials (user_id, service_name, encrypted_username, encrypted_password)
         VALUES ('${ANA}', 'odd', 'ana', 'enc:v1:0badf00d:x')`,
      )
      await query(`UPDATE users SET password_hash = '${'QUJD'.repeat(9)}' WHERE id = '${BEN}'`)
      const project = await migrator()
      const codes = ['PASSWORD_UNCLEAR', 'KEY_MISSING']
      const planned = await encryptCredentials(project, { dryRun: true })
      const done = await encryptCredentials(project, keep)
      assert.equal(done.sealed, 7 + 2 + 1)
      for (const { findings } of [planned, done]) {
        assert.deepEqual(findings.map(({ code }) => code).sort(), codes.sort())
        assert.ok(
          findings.some(({ message }) =>
            message.startsWith(`user_credentials.encrypted_password of ${ANA}/odd is sealed with`),
          ),
        )
      }
    })
  })
}

const [sqlite] = oneOfEach
test('what SQLite alone lets into a column is looked at too', async (t) => {
  assert.ok(sqlite)
  const { query, migrator, opened } = await createScene(t, sqlite)
  const mine = `WHERE user_id = '${ANA}' AND service_name = 'work_fossa'`
  await query(`UPDATE user_credentials SET encrypted_password = CAST('As-Bytes' AS BLOB) ${mine}`)
  const bytes = "x'70e473732d31'"
  for (const [service, value] of [
    ['latin', bytes],
    ['latin text', `CAST(${bytes} AS TEXT)`],
    ['number', '9007199254740993'],
    ['replaced', "'p\ufffdss'"],
  ]) {
    await query(
      `INSERT INTO user_credentials (user_id, service_name, encrypted_username, encrypted_password)
       VALUES ('${BEN}', '${service}', 'Sound-Sibling', ${value})`,
    )
  }
  await query(`UPDATE user_preferences SET settings = '{"password": NaN' WHERE category = 'views'`)
  const odd = `{"password":"Dup-1", "10":1.0, "password":"Dup-2", "2":NaN}`
  await query(
    `INSERT INTO user_preferences (user_id, category, settings) VALUES ('${BEN}', 'odd', '${odd}')`,
  )
  for (let n = 1; n <= 25; n++) {
    await query(
      `INSERT INTO user_preferences (user_id, category, settings) VALUES ('${BEN}', 'u${n}', '{"pin')`,
    )
  }
  const raw = `INSERT INTO global_settings (setting_key, setting_value) VALUES ('api_key', 'Raw-Key')`
  await query(raw)
  const result = await encryptCredentials(await migrator(), keep)
  assert.equal(result.sealed, 7 + 4 + 2 + 2 + 1)
  const counts = Map.groupBy(result.findings, ({ code, severity }) => `${severity} ${code}`)
  assert.deepEqual([...counts].map(([kind, { length }]) => [kind, length]).sort(), [
    ['error TEXT_UNREADABLE', 2],
    ['warning JSON_UNREADABLE', 21],
  ])
  assert.ok(result.findings.some(({ message }) => message === '6 more like these.'))
  const after = async (sql: string) => Object.values((await query(sql))[0] ?? {}).map(String)
  assert.deepEqual(
    await after(
      `SELECT max(hex(encrypted_password)), min(hex(encrypted_password)) FROM user_credentials WHERE service_name LIKE 'latin%'`,
    ),
    ['70E473732D31', '70E473732D31'],
    'left as they were',
  )
  const [settings = ''] = await after(
    "SELECT settings FROM user_preferences WHERE category = 'odd'",
  )
  assert.match(settings, /^\{"password":"enc:\S+", "10":1\.0, "password":"enc:\S+", "2":NaN\}$/)
  assert.match((await after('SELECT setting_value FROM global_settings'))[0] ?? '', /^"enc:v1:/)
  await query("DELETE FROM user_credentials WHERE service_name LIKE 'latin%'")
  await query(
    "DELETE FROM user_preferences WHERE category LIKE 'u%' OR category IN ('odd', 'views')",
  )
  const all = await opened()
  assert.deepEqual(all[`${BEN}/replaced`], ['Sound-Sibling', 'p\ufffdss'])
  assert.deepEqual(all[`${BEN}/number`], ['Sound-Sibling', '9007199254740993'])
})

test('where nothing stands in clear, backups from before are named and can be seen to', async (t) => {
  assert.ok(sqlite)
  const { url, query, migrator } = await createScene(t, sqlite)
  const project = await migrator()
  await project.backup()
  const stop = Object.assign(new Error('stopped'), { code: 'INTERRUPTED' })
  const before = (await project.log()).length
  await assert.rejects(encryptCredentials(project, { backups: () => Promise.reject(stop) }), stop)
  assert.equal((await project.log()).length, before, 'asked before anything is written')
  // as an application may, which leaves them in free pages
  await query('PRAGMA secure_delete=OFF')
  await query("DELETE FROM user_credentials WHERE encrypted_username NOT LIKE 'enc:v1:53%'")
  await query('DELETE FROM user_preferences')
  const named = await encryptCredentials(project)
  assert.deepEqual(
    [named.outcome, named.findings.map(({ code, severity }) => [code, severity])],
    ['nothing', [['BACKUP_IN_CLEAR', 'info']]],
  )
  const { olderBackups } = await encryptCredentials(project, { backups: 'encrypt' })
  assert.deepEqual(
    olderBackups.map(({ became }) => became),
    ['encrypted'],
  )
  const file = url.replace('sqlite:///', '')
  assert.notDeepEqual(secretsIn([file, `${file}-wal`]), [])
  const purged = await encryptCredentials(project, { purge: true, ...keep })
  assert.deepEqual([purged.outcome, purged.sealed, purged.purge], ['done', 0, 'done'])
  assert.deepEqual(secretsIn([file]), [])
})
