import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { masterKey } from '../../src/config.ts'
import { seal } from '../../src/credentials/cipher.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { type FieldKeys, fieldKeys } from '../../src/credentials/keys.ts'
import { placeOf } from '../../src/credentials/places.ts'
import { rotateCredentials } from '../../src/credentials/rotate.ts'
import { testRing } from '../support/keys.ts'
import {
  BEN,
  createScene,
  EXPECTED,
  FIRST_KEY,
  SECOND_KEY,
  SECRETS,
  writeKeyFile,
} from './scene.ts'
import { tapped } from './wire.ts'

for (const kind of databases) {
  describe(`a rotation on ${kind.name}`, { skip: kind.skip }, () => {
    test('moves every secret to a new key; the old one stays while a backup needs it', async (t) => {
      const scene = await createScene(t, kind)
      const { keyFile } = scene
      const migrator = await scene.migrator()
      const early = await rotateCredentials(migrator, { keyFile, dryRun: true })
      assert.deepEqual(
        early.findings.map(({ code }) => code),
        ['SECRET_IN_CLEAR'],
      )
      await encryptCredentials(migrator, { backups: 'keep' })
      const done = await rotateCredentials(migrator, { keyFile })
      assert.deepEqual([done.newKey, done.moved, done.findings], [true, 9, []])
      assert.notEqual(done.key, FIRST_KEY)
      assert.deepEqual(await scene.opened(), EXPECTED)
      const [old] = done.others
      assert.deepEqual([old?.id, old?.neededBy.secrets], [FIRST_KEY, 0])
      assert.equal(old?.neededBy.backups === 0, !kind.hasBackupTools)
      assert.equal(old?.retired, !kind.hasBackupTools)

      await rm(scene.backupDir, { recursive: true, force: true })
      // an application that knows only the old key, and a backup of what it wrote
      const stale = fieldKeys(await testRing(FIRST_KEY))
      const place = placeOf('user_credentials', 'encrypted_password', {
        user_id: BEN,
        service_name: 'work_fossa',
      })
      assert.ok(place)
      const write = (keys: FieldKeys) =>
        scene.query(
          `UPDATE user_credentials SET encrypted_password = '${seal(SECRETS.odd, place, keys)}' WHERE user_id = '${BEN}'`,
        )
      await write(stale)
      const told = await encryptCredentials(migrator, { keyFile })
      assert.deepEqual([told.findings.map(({ code }) => code), told.retired], [['KEY_IN_USE'], []])
      await write(await scene.keys())
      const needed = await encryptCredentials(migrator, { keyFile })
      assert.deepEqual(needed.retired, [])
      await rm(scene.backupDir, { recursive: true, force: true })
      const late = await encryptCredentials(migrator, { keyFile })
      assert.deepEqual(late.retired, kind.hasBackupTools ? [FIRST_KEY] : [])

      const again = await rotateCredentials(migrator, { keyFile, backup: false })
      assert.deepEqual(
        again.others.map(({ id, retired }) => [id, retired]),
        [
          [done.key, true],
          [FIRST_KEY, true],
        ],
      )
      assert.equal((await readFile(keyFile, 'utf8')).match(/^# retired /gm)?.length, 2)
      assert.deepEqual(await scene.opened(), EXPECTED)
    })

    test('goes on with a key that was put in front by hand', async (t) => {
      const scene = await createScene(t, kind)
      const { keyFile } = scene
      const keys = await scene.keys()
      await writeKeyFile(keyFile, SECOND_KEY, FIRST_KEY)
      const at = { table: 'user_preferences', column: 'settings#/password', row: `${BEN}/views` }
      const settings = JSON.stringify({ password: seal('"x"', at, keys), token: 'In-Clear' })
      await scene.query(
        `UPDATE user_preferences SET settings = '${settings}' WHERE category = 'views'`,
      )
      // where archives should stand is none: the last part of a rotation fails
      await mkdir(scene.backupDir, { recursive: true })
      await writeFile(join(scene.backupDir, 'v1-data'), '')
      const wire = kind.dialect === 'postgres' ? await tapped(t, scene.url) : null
      const migrator = await scene.migrator(wire ? { url: wire.url } : {})
      const done = await rotateCredentials(migrator, { keyFile, backup: false })
      assert.deepEqual([done.newKey, done.moved, done.key], [false, 3, SECOND_KEY])
      // what stood in clear is the other command's, and stays where it is
      assert.deepEqual(
        done.findings.map(({ code }) => code),
        ['SECRET_IN_CLEAR', 'KEY_NOT_RETIRED'],
      )
      if (wire) assert.ok(!wire.sent().includes('In-Clear'))
      await rm(join(scene.backupDir, 'v1-data'))
      const { retired } = await encryptCredentials(migrator, { keyFile, backup: false })
      assert.deepEqual(retired, [FIRST_KEY])
    })

    test('is refused where the key is no file, and writes nothing', async (t) => {
      const scene = await createScene(t, kind)
      const text = (await readFile(scene.keyFile, 'utf8')).trim()
      const migrator = await scene.migrator({ env: { [masterKey.value]: text } })
      const log = (await migrator.log()).length
      await assert.rejects(rotateCredentials(migrator, { keyFile: '' }), { code: 'KEY_INVALID' })
      assert.equal((await migrator.log()).length, log)
    })
  })
}
