import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import { fieldKeys } from '../../src/credentials/keys.ts'
import { PLACES, placeIn, placeOf } from '../../src/credentials/places.ts'
import { type Credential, createCredentialStore } from '../../src/credentials/store.ts'
import { getMigrationManager } from '../../src/manager.ts'
import { connect } from '../support/database.ts'
import { testRing } from '../support/keys.ts'
import { tapped } from './wire.ts'

const keys = await testRing('53e02f4a')
const newKeys = await testRing('2860f73c', '53e02f4a')

async function opened(t: TestContext, kind: DatabaseKind) {
  const database = await kind.create()
  const wire = kind.dialect === 'postgres' ? await tapped(t, database.url) : null
  const { db } = connect(kind.dialect, wire?.url ?? database.url)
  t.after(async () => {
    await db.destroy()
    await database.drop()
  })
  await getMigrationManager({ databaseUrl: database.url, backup: 'off' }).autoMigrate({
    version: 'v001_initial_schema',
  })
  const users = ['ann', 'bob'].map((id) => ({ id, email: `${id}@example.com` }))
  await db.insertInto('users').values(users).execute()
  return { db, wire, store: createCredentialStore({ db, keys }) }
}

const shown = (credential: Credential | null) =>
  credential && [credential.username.reveal(), credential.password.reveal()]

for (const kind of databases) {
  suite(`credentials on ${kind.name}`, { skip: kind.skip }, () => {
    test('what is set is read again, is stored sealed and shows itself nowhere', async (t) => {
      const { db, store } = await opened(t, kind)
      assert.equal(await store.getCredential('ann', 'work_fossa'), null)
      await store.setCredential('ann', 'work_fossa', { username: 'ann', password: 'enc:v1:x' })
      await store.setCredential('bob', 'work_fossa', { username: 'bob', password: '' })
      const credential = await store.getCredential('ann', 'work_fossa')
      assert.deepEqual(shown(credential), ['ann', 'enc:v1:x'])
      assert.deepEqual(shown(await store.getCredential('bob', 'work_fossa')), ['bob', ''])

      const printed = [
        inspect(credential, { depth: null, showHidden: true }),
        JSON.stringify(credential),
        String(credential?.password),
        `${credential?.password}`,
      ]
      for (const text of printed) {
        assert.match(text, /\[redacted\]/)
        assert.doesNotMatch(text, /enc:v1/)
      }
      const row = await db.selectFrom('user_credentials').selectAll().executeTakeFirstOrThrow()
      assert.match(row.encrypted_username, /^enc:v1:53e02f4a:/)
      assert.match(row.encrypted_password, /^enc:v1:53e02f4a:/)
      assert.ok(row.updated_at)
    })

    test('a new secret is not verified yet, the same one under a new key is', async (t) => {
      const { db, store, wire } = await opened(t, kind)
      const yes = kind.dialect === 'sqlite' ? 1 : true
      const no = kind.dialect === 'sqlite' ? 0 : false
      const credential = { username: 'ann', password: 'Pass-Word-One' }
      await store.setCredential('ann', 'work_fossa', credential)
      const old = { is_verified: yes, is_active: no, updated_at: '2020-01-01 00:00:00' }
      await db.updateTable('user_credentials').set(old).execute()
      assert.equal(await store.getCredential('ann', 'work_fossa'), null)

      const rotated = createCredentialStore({ db, keys: newKeys })
      await rotated.setCredential('ann', 'work_fossa', credential)
      const read = () => db.selectFrom('user_credentials').selectAll().executeTakeFirstOrThrow()
      const same = await read()
      assert.deepEqual([same.is_verified, same.is_active], [yes, yes])
      assert.match(same.encrypted_password, /^enc:v1:2860f73c:/)
      assert.ok(new Date(same.updated_at) > new Date('2021-01-01'))
      await assert.rejects(store.getCredential('ann', 'work_fossa'), { code: 'KEY_MISSING' })

      await rotated.setCredential('ann', 'work_fossa', { ...credential, password: 'Pass-Word-Two' })
      assert.equal((await read()).is_verified, no)
      assert.deepEqual(shown(await rotated.getCredential('ann', 'work_fossa')), [
        'ann',
        'Pass-Word-Two',
      ])
      // a server may log what it is sent
      assert.ok(!wire?.sent().includes('Pass-Word'))
    })

    test('what stands in clear or was moved is refused, and can be set again', async (t) => {
      const { db, store } = await opened(t, kind)
      await store.setCredential('ann', 'work_fossa', { username: 'ann', password: 'one' })
      const { encrypted_username, encrypted_password } = await db
        .selectFrom('user_credentials')
        .selectAll()
        .executeTakeFirstOrThrow()
      const moved = { user_id: 'bob', encrypted_username, encrypted_password }
      const rows = [
        { ...moved, service_name: 'work_fossa' },
        { ...moved, service_name: 'clear', encrypted_password: 'hunter2' },
        { ...moved, service_name: 'all clear', encrypted_username: 'b', encrypted_password: 'c' },
      ]
      await db.insertInto('user_credentials').values(rows).execute()
      for (const { service_name } of rows) {
        await assert.rejects(store.getCredential('bob', service_name), {
          code: 'CREDENTIAL_UNREADABLE',
          message: new RegExp(`encrypted_username of "bob/${service_name}"`),
        })
      }
      await assert.rejects(store.getCredential('bob', 'all clear'), { hint: /encrypt-credentials/ })
      await store.setCredential('bob', 'clear', { username: 'bob', password: 'new' })
      assert.deepEqual(shown(await store.getCredential('bob', 'clear')), ['bob', 'new'])
    })
  })
}

test('a row’s key has one reading, and says what JSON is called', () => {
  const row = { user_id: 'ann', service_name: 'a/b' }
  assert.deepEqual(placeOf('user_credentials', 'encrypted_password', row), {
    table: 'user_credentials',
    column: 'encrypted_password',
    row: 'ann/a/b',
    kind: 'whole',
  })
  const other = placeOf('user_credentials', 'encrypted_password', {
    user_id: 'ann/a',
    service_name: 'b',
  })
  assert.equal(other?.row, 'ann~1a/b')
  assert.equal(placeOf('users', 'email', { id: 'ann' }), null)
  const setting = placeOf('global_settings', 'setting_value', { setting_key: 'appToken' })
  assert.equal(setting?.name, 'appToken')
  const [place] = PLACES
  assert.ok(place)
  assert.throws(() => placeIn(place, { user_id: 'ann' }), /service_name/)
  assert.equal(new Set(PLACES.map(({ table, column }) => `${table}.${column}`)).size, PLACES.length)
  assert.equal(fieldKeys(newKeys).byId('53e02f4a')?.id, '53e02f4a')
})
