import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { runNode } from '../../../../test/support/process.ts'
import { masterKey } from '../../src/config.ts'
import { BIN, createScene, oneOfEach, type Scene, SECRETS } from './scene.ts'

/** Runs `fossawork-db encrypt-credentials` without a terminal. */
const runner = (kind: DatabaseKind, { url, keyFile, backupDir }: Scene) => {
  const always = ['--backup-dir', backupDir, ...(kind.hasBackupTools ? [] : ['--no-backup'])]
  return async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runNode(
      [BIN, 'encrypt-credentials', ...always, ...args],
      {
        cwd: dirname(keyFile),
        env: { DATABASE_URL: url, [masterKey.file]: 'master.key', NO_COLOR: '1' },
      },
    )
    for (const secret of Object.values(SECRETS)) assert.ok(!(stdout + stderr).includes(secret))
    return { code, stdout, stderr }
  }
}

async function started(t: TestContext, kind: DatabaseKind) {
  const scene = await createScene(t, kind)
  if (kind.hasBackupTools) await (await scene.migrator()).backup()
  return runner(kind, scene)
}

for (const kind of oneOfEach) {
  describe(`the command encrypt-credentials on ${kind.name}`, { skip: kind.skip }, () => {
    test('counts, asks where tables are locked, encrypts, and says what is left', async (t) => {
      const run = await started(t, kind)
      const planned = await run('--dry-run')
      assert.equal(planned.code, 0, planned.stderr)
      assert.match(planned.stdout, /7 secrets stand in clear:.*Nothing was written\./s)
      if (kind.dialect === 'postgres') {
        assert.match(planned.stdout, /user_preferences +\d.*ACCESS EXCLUSIVE/s)
        const asked = await run()
        assert.equal(asked.code, 2)
        assert.match(asked.stderr, /CONFIRMATION_NEEDED/)
      }
      const done = await run('--yes', '--json')
      const answer = JSON.parse(done.stdout)
      assert.deepEqual([answer.sealed, answer.purge], [7, 'done'])
      assert.equal(done.code, kind.hasBackupTools ? 3 : 0, 'the older backup is named')
      const second = await run('--backups', 'delete')
      assert.equal(second.code, 0, second.stderr)
      assert.match(second.stdout, /^Nothing to do: 9 secrets are encrypted/)
      const refused = await run('--rotate')
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, /below the primary one.*CONFIRMATION_NEEDED/s)
      const rotated = await run('--rotate', '--yes')
      assert.equal(rotated.code, 0, rotated.stderr)
      assert.match(rotated.stdout, /^Sealed 9 secrets anew with the new primary key/)
    })
  })
}

test('options that contradict each other are refused', async (t) => {
  const [sqlite] = oneOfEach
  assert.ok(sqlite)
  const run = runner(sqlite, await createScene(t, sqlite))
  for (const args of [
    ['--all-users', '--user', 'x'],
    ['--rotate', '--user', 'x'],
    ['--rotate', '--backups', 'keep'],
    ['--rotate', '--purge'],
  ]) {
    assert.equal((await run(...args)).code, 2, args.join(' '))
  }
})
