import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { databases } from '../../../../../test/support/databases.ts'
import { verifyPassword } from '../../../src/credentials/passwords.ts'
import { assertAccounted, told } from './accounting.ts'
import { contentOf, rowCounts } from './content.ts'
import { importScene, type Scene } from './scene.ts'
import { ANA, at, BEN, entry, json, order, orders, SMALL, v1 } from './small-tree.ts'

const jobs = (...ids: readonly string[]): string => json({ completedJobs: ids })

const jobsOf = async ({ query }: Scene, user: string) =>
  (
    await query(`SELECT job_id FROM user_completed_jobs WHERE user_id = '${user}' ORDER BY job_id`)
  ).map(({ job_id }) => job_id)

// what differs between databases is tested with whole directories
for (const kind of databases.filter(({ dialect }) => dialect === 'sqlite')) {
  describe(`users of V1 on ${kind.name}`, { skip: kind.skip }, () => {
    test('can be imported one by one, by id or e-mail, and the rest afterwards', async (t) => {
      const scene = await importScene(t, kind)
      const { directory } = await v1(t, { ...SMALL, [at(BEN, 'completed_jobs.json')]: jobs('W-1') })
      const first = await scene.import(directory, { users: ['BEN@example.com'] })
      await assertAccounted(scene, first)
      assert.deepEqual(told(first.report.totals), { read: 2, imported: 2 })
      assert.deepEqual(rowCounts(await contentOf(scene)), { users: 1, user_completed_jobs: 1 })
      const both = await scene.import(directory, { users: [ANA, BEN] })
      assert.equal(both.report.totals.unchanged, 2)
      const rest = await scene.import(directory)
      // the settings and who is active belong to nobody of them
      assert.equal(rest.report.totals.imported, 3)
      const whole = await importScene(t, kind)
      await whole.import(directory)
      assert.deepEqual(await contentOf(scene), await contentOf(whole))
    })

    test('are found by the id that V1 gave them, and one of them is active', async (t) => {
      const scene = await importScene(t, kind)
      const { directory } = await v1(t, {
        'settings.json': json({ activeUserId: 'main' }),
        'users/users.json': json([entry('ana', { id: 'main' }), entry('ben', { id: '../../etc' })]),
        'users/main/completed_jobs.json': jobs('W-1'),
        [at(ANA, 'completed_jobs.json')]: jobs('W-1', 'W-2'),
      })
      const result = await scene.import(directory)
      await assertAccounted(scene, result)
      assert.deepEqual(await jobsOf(scene, ANA), ['W-1', 'W-2'])
      assert.equal(result.report.totals.merged, 1)
      const sessions = await scene.query('SELECT user_id, is_active FROM user_sessions')
      assert.deepEqual(
        sessions.map(({ user_id, is_active }) => [user_id, Boolean(is_active)]),
        [[ANA, true]],
      )
      const replaced = result.report.notes.find(({ code }) => code === 'USER_ID_REPLACED')
      assert.equal(replaced?.count, 2)
    })

    test('whose e-mails differ in case are one, who was used last, with the folders of both', async (t) => {
      const scene = await importScene(t, kind)
      const later = { id: 'main', email: 'ANA@Example.com', password: 'Zq7xSecret-later' }
      const { directory } = await v1(t, {
        'users/users.json': json([
          entry('ana'),
          entry('ana', { ...later, label: 'Later', lastUsed: '2025-06-01T00:00:00Z' }),
        ]),
        'users/main/completed_jobs.json': jobs('W-2'),
        [at(ANA, 'completed_jobs.json')]: jobs('W-1'),
      })
      const result = await scene.import(directory)
      await assertAccounted(scene, result)
      assert.equal(result.report.totals.merged, 1)
      const users = await scene.query('SELECT id, label, password_hash FROM users')
      assert.deepEqual(
        users.map(({ id, label }) => [id, label]),
        [[ANA, 'Later']],
      )
      assert.ok(await verifyPassword(String(users[0]?.password_hash), later.password))
      assert.deepEqual(await jobsOf(scene, ANA), ['W-1', 'W-2'])
    })

    test('whose e-mail another user of V2 has stay out, and so does what refers to them', async (t) => {
      const scene = await importScene(t, kind)
      await scene.query("INSERT INTO users (id, email) VALUES ('v2', 'ana@example.com')")
      const result = await scene.import((await v1(t)).directory)
      await assertAccounted(scene, result)
      const codes = result.report.quarantined.map(({ code, count }) => [code, count])
      assert.deepEqual(codes, [
        ['EMAIL_TAKEN', 1],
        ['USER_UNKNOWN', 6],
      ])
      const counts = rowCounts(await contentOf(scene))
      assert.deepEqual(counts, { users: 2, global_settings: 2 })
    })

    test('who share a work order have a row each', async (t) => {
      const scene = await importScene(t, kind)
      const { directory } = await v1(t, {
        ...SMALL,
        [at(BEN, 'scraped_content.json')]: orders(order('W-1', { instructions: 'Ben’s' })),
      })
      await scene.import(directory)
      const shared = await scene.query(
        "SELECT user_id, instructions FROM work_orders WHERE external_id = 'W-1' ORDER BY instructions",
      )
      assert.deepEqual(
        shared.map(({ user_id, instructions }) => [user_id, instructions]),
        [
          [BEN, 'Ben’s'],
          [ANA, 'Call the manager.'],
        ],
      )
    })

    test('are never followed through links, nor by names that lead elsewhere', async (t) => {
      const scene = await importScene(t, kind)
      const outside = await v1(t)
      const { directory } = await v1(t, {
        'users/users.json': json([entry('ana'), entry('ben', { id: '..' })]),
        [at('..\\..\\etc', 'completed_jobs.json')]: jobs('W-1'),
        [at('__proto__', 'completed_jobs.json')]: jobs('W-1'),
        [at('constructor', 'completed_jobs.json')]: jobs('W-1'),
        [at('line\nbreak', 'completed_jobs.json')]: jobs('W-1'),
        [at(BEN, 'completed_jobs.json')]: {
          link: join(outside.directory, at(ANA, 'completed_jobs.json')),
        },
      })
      symlinkSync(join(outside.directory, 'users', ANA), join(directory, 'users', ANA))
      const result = await scene.import(directory)
      await assertAccounted(scene, result)
      assert.deepEqual(rowCounts(await contentOf(scene)), { users: 2 })
      assert.deepEqual(
        result.report.quarantined.map(({ code, count }) => [code, count]),
        [
          ['NOT_A_FILE', 2],
          ['USER_UNKNOWN', 4],
        ],
      )
    })
  })
}
