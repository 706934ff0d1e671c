import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { runNode } from '../../../../test/support/process.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { rotateCredentials } from '../../src/credentials/rotate.ts'
import { createScene, EXPECTED, FIRST_KEY, oneOfEach, type Scene } from './scene.ts'

const MANY = 1100

/** So many that they make several batches. */
async function manyScene(t: TestContext, kind: DatabaseKind): Promise<Scene> {
  const scene = await createScene(t, kind)
  const values = Array.from({ length: MANY }, (_, n) => {
    const user = n.toString(16).padStart(32, '0')
    return {
      user: `('${user}', 'u${n}@example.com')`,
      row: `('${user}', 'p', '{"token": "t-${n}"}')`,
    }
  })
  await scene.query(
    `INSERT INTO users (id, email) VALUES ${values.map(({ user }) => user).join(', ')}`,
  )
  await scene.query(
    `INSERT INTO user_preferences (user_id, category, settings) VALUES ${values.map(({ row }) => row).join(', ')}`,
  )
  return scene
}

async function killed({ url, keyFile }: Scene, verb: string, phase: string, nth: number) {
  const child = join(import.meta.dirname, 'kill-child.ts')
  const { signal, stderr } = await runNode([child, verb, url, keyFile, phase, String(nth)])
  assert.equal(signal, 'SIGKILL', stderr)
}

function assertManyOpened(opened: Record<string, unknown>): void {
  const entries = Object.entries(opened)
  assert.deepEqual(Object.fromEntries(entries.filter(([row]) => !row.endsWith('/p'))), EXPECTED)
  const tokens = entries.filter(([row]) => row.endsWith('/p')).map(([, json]) => json)
  assert.deepEqual(
    tokens,
    Array.from({ length: MANY }, (_, n) => ({ token: `t-${n}` })),
  )
}

for (const kind of oneOfEach) {
  describe(`what was killed, on ${kind.name}`, { skip: kind.skip }, () => {
    test('an encryption goes on, and purges what the killed one had overwritten', async (t) => {
      const scene = await manyScene(t, kind)
      await killed(scene, 'encrypt', 'encrypting', 3)
      const migrator = await scene.migrator()
      const { census } = await encryptCredentials(migrator, { dryRun: true })
      assert.ok(census.total.clear > 0 && census.total.clear < MANY, String(census.total.clear))
      await killed(scene, 'encrypt', 'purging', 1)
      const last = await encryptCredentials(migrator, { backup: false, backups: 'keep' })
      assert.deepEqual([last.outcome, last.sealed, last.purge], ['done', 0, 'done'])
      if (kind.dialect === 'postgres') {
        const tables = last.purges.map(({ table }) => table)
        assert.deepEqual(tables, ['user_credentials', 'user_preferences'])
      }
      assertManyOpened(await scene.opened())
      assert.equal((await encryptCredentials(migrator)).outcome, 'nothing')
    })

    test('a rotation goes on with the key that it had made', async (t) => {
      const scene = await manyScene(t, kind)
      const migrator = await scene.migrator()
      const options = { keyFile: scene.keyFile, backup: false }
      await encryptCredentials(migrator, { backup: false, backups: 'keep' })
      for (const [phase, nth] of [
        ['sealing anew', 1],
        ['sealing anew', 3],
        ['proving', 2],
      ] as const) {
        await killed(scene, 'rotate', phase, nth)
      }
      const { primary } = await scene.keys()
      const done = await rotateCredentials(migrator, options)
      assert.deepEqual([done.newKey, done.moved, done.key], [false, 0, primary.id])
      assert.deepEqual(
        done.others.map(({ id }) => id),
        [FIRST_KEY],
        'one rotation, one new key',
      )
      assert.deepEqual(done.findings, [])
      assertManyOpened(await scene.opened())
      const next = await rotateCredentials(migrator, { ...options, dryRun: true })
      assert.equal(next.newKey, true, 'it came to its end')
    })
  })
}
