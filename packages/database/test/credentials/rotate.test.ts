import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import { masterKey } from '../../src/config.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { rotateCredentials } from '../../src/credentials/rotate.ts'
import { createScene, EXPECTED, FIRST_KEY, SECOND_KEY, writeKeyFile } from './scene.ts'

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
      await writeKeyFile(keyFile, SECOND_KEY, FIRST_KEY)
      const migrator = await scene.migrator()
      const done = await rotateCredentials(migrator, { keyFile, backup: false })
      assert.deepEqual([done.newKey, done.moved, done.key], [false, 2, SECOND_KEY])
      // what stood in clear is the other command's
      assert.equal(done.findings[0]?.code, 'SECRET_IN_CLEAR')
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
