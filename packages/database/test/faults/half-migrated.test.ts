import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { masterKey, project } from '../../src/config.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { FIRST_KEY, oneOfEach, writeKeyFile } from '../credentials/scene.ts'
import { connect } from '../support/connect.ts'
import { faults } from '../support/faults.ts'
import { makeHalfMigrated } from '../support/half-migrated.ts'
import { assertKept, rowsOf } from './kept-rows.ts'
import { ANA, BEN } from './rows.ts'
import { handOf } from './sound.ts'

/** As the original left it: foreign keys that nobody enforced, and secrets that nobody encrypted. */
const LEFT = [
  "UPDATE dispensers SET work_order_id = 'wo-lost' WHERE id IN ('d-1', 'd-2', 'd-3', 'd-4', 'd-5')",
  `INSERT INTO user_preferences (id, user_id, category, settings) VALUES (1, 'nobody', 'views', '{"password": "Nobody-In-Clear-3"}')`,
  `INSERT INTO user_credentials (id, user_id, service_name, encrypted_username, encrypted_password) VALUES
    (1, '${ANA}', 'work_fossa', 'ana@example.com', 'Ana-In-Clear-1'), (2, '${BEN}', 'work_fossa', 'ben', 'Ben-In-Clear-2'),
    (3, 'nobody', 'work_fossa', 'nobody', 'Nobody-In-Clear-4')`,
]

for (const kind of oneOfEach) {
  test(`what the original left in a database is found and mended, on ${kind.name}`, {
    skip: kind.skip,
  }, async (t) => {
    const databaseUrl = await testDatabase(t, kind)
    const { query } = await connect(t, databaseUrl)
    await makeHalfMigrated(databaseUrl, query)
    const hand = handOf(databaseUrl)
    await hand.run(...LEFT)
    const keyFile = await writeKeyFile(join(await tempFolder(t), 'master.key'), FIRST_KEY)
    const migrator = await createMigrator({
      config: { ...project, databaseUrl, backup: 'off' },
      env: { [masterKey.file]: keyFile },
    })
    await migrator.adopt()
    await migrator.migrate()
    const found = faults(await migrator.validate())
    assert.deepEqual(found.map(({ code, at, count }) => `${code} ${at?.object} ${count}`).sort(), [
      'ORPHANS dispensers.work_order_id -> work_orders 5',
      'ORPHANS user_credentials.user_id -> users 1',
      'ORPHANS user_preferences.user_id -> users 1',
      'SECRET_IN_CLEAR user_credentials.encrypted_password 3',
      'SECRET_IN_CLEAR user_credentials.encrypted_username 3',
      'SECRET_IN_CLEAR user_preferences.settings 1',
    ])
    assert.ok(!JSON.stringify(found).includes('In-Clear'), 'a secret stands in a finding')

    const rows = await rowsOf({ dialect: kind.dialect, ...hand })
    assert.deepEqual((await migrator.mend()).failures, [])
    assertKept(rows, await rowsOf({ dialect: kind.dialect, ...hand }), ['audit_trail'])
    await encryptCredentials(migrator, {})
    for (const [table, held] of await rowsOf({ dialect: kind.dialect, ...hand })) {
      assert.ok(!JSON.stringify(held).includes('In-Clear'), `${table} or its quarantine, in clear`)
    }
    assert.deepEqual(faults(await migrator.validate()), [])
    await hand.close()
  })
}
