import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyPassword } from '../../../src/credentials/passwords.ts'
import type { ImportResult } from '../../../src/v1/import/import.ts'
import { oneOfEach } from '../../credentials/scene.ts'
import { assertAccounted, told } from './accounting.ts'
import { contentOf, OF_RUNS, rawContent } from './content.ts'
import { importScene, type Scene } from './scene.ts'
import { ANA, ANA_PASSWORD, at, BEN, entry, json, order, orders, SMALL, v1 } from './small-tree.ts'

/** What a file came to, without what is zero. */
function fileTold({ report }: ImportResult, file: string) {
  const found = report.files.find((one) => one.file === file)
  assert.ok(found, file)
  return told(found)
}

const instructionsOf = async ({ query }: Scene) =>
  Object.fromEntries(
    (await query('SELECT external_id, instructions FROM work_orders ORDER BY external_id')).map(
      ({ external_id, instructions }) => [external_id, instructions],
    ),
  )

const hashOf = async ({ query }: Scene, user: string): Promise<string> =>
  String((await query(`SELECT password_hash FROM users WHERE id = '${user}'`))[0]?.password_hash)

const CONTENT = at(ANA, 'scraped_content.json')
const JOBS = at(ANA, 'completed_jobs.json')
const CALLED = 'Call the manager.'

for (const kind of oneOfEach) {
  describe(`an import after the first, on ${kind.name}`, { skip: kind.skip }, () => {
    test('brings only what V1 has added or changed', async (t) => {
      const scene = await importScene(t, kind)
      const { directory, change } = await v1(t)
      await scene.import(directory)
      const before = await contentOf(scene)
      const hash = await hashOf(scene, BEN)
      change({
        'users/users.json': json([
          entry('ana', { password: 'Zq7xSecret-new', label: 'Ana Fuller' }),
          entry('ben', { label: 'Ben Okafor' }),
          entry('cy'),
        ]),
        [CONTENT]: orders(order('W-1', { instructions: 'Changed.' }), order('W-3'), order('W-4')),
        [JOBS]: null,
        [at(ANA, 'pushover_settings.json')]: json({ enabled: false, appToken: 'Zq7xSecret-app' }),
        [at(BEN, 'activity_log.json')]: json([{ activity: 'login' }]),
      })
      const next = await scene.import(directory)
      await assertAccounted(scene, next)
      assert.deepEqual(fileTold(next, 'users/users.json'), { read: 3, imported: 3 })
      // the copy of the file has changed, W-1, and W-4 is new
      assert.deepEqual(fileTold(next, CONTENT), { read: 4, imported: 3, unchanged: 1 })
      assert.deepEqual(told(next.report.totals), { read: 18, imported: 8, unchanged: 10 })
      assert.deepEqual(await instructionsOf(scene), {
        'W-1': 'Changed.',
        'W-2': CALLED,
        'W-3': CALLED,
        'W-4': CALLED,
      })
      assert.equal(await hashOf(scene, BEN), hash, 'a password that is the same keeps its hash')
      const changed = await hashOf(scene, ANA)
      assert.equal(await verifyPassword(changed, 'Zq7xSecret-new'), true)
      assert.equal(await verifyPassword(changed, ANA_PASSWORD), false)
      const after = await contentOf(scene)
      assert.deepEqual(after.user_completed_jobs, before.user_completed_jobs, 'nothing is removed')
      assert.match(String(after.user_preferences), /"appToken":"Zq7xSecret-app","enabled":false/)
      assert.equal((await scene.import(directory)).outcome, 'nothing')
    })

    test('never overwrites what V2 has changed, unless it is told to', async (t) => {
      const scene = await importScene(t, kind)
      const { query } = scene
      const { directory, change } = await v1(t)
      await scene.import(directory)
      await query("UPDATE work_orders SET instructions = 'V2' WHERE external_id IN ('W-1', 'W-2')")
      await query(`UPDATE user_completed_jobs SET removal_reason = 'V2' WHERE job_id = 'W-8'`)
      await query("UPDATE users SET label = 'V2'")
      const jobs = [
        { id: 'W-8', completionDate: '04/01/2025' },
        { id: 'W-9', completionDate: '04/02/2025' },
      ]
      change({
        'users/users.json': json([entry('ana', { label: 'V1' }), entry('ben')]),
        [CONTENT]: orders(order('W-1', { instructions: 'V1' }), order('W-2'), order('W-3')),
        [JOBS]: json({ jobs }),
      })
      for (const onConflict of ['keep', 'keep'] as const) {
        const kept = await scene.import(directory, { onConflict })
        await assertAccounted(scene, kept)
        assert.deepEqual(await instructionsOf(scene), { 'W-1': 'V2', 'W-2': 'V2', 'W-3': CALLED })
        const note = kept.report.notes.find(({ code }) => code === 'V2_CHANGED')
        assert.deepEqual([kept.report.totals.conflict, note?.count], [3, 3])
        assert.equal(
          kept.reconciliation?.changedInV2,
          2,
          'W-2 and Ben are V2’s, and V1 is the same',
        )
      }
      const replaced = await scene.import(directory, { onConflict: 'replace' })
      await assertAccounted(scene, replaced)
      assert.equal(replaced.report.totals.imported, 3)
      assert.deepEqual(await instructionsOf(scene), { 'W-1': 'V1', 'W-2': 'V2', 'W-3': CALLED })
      const [job] = await query("SELECT * FROM user_completed_jobs WHERE job_id = 'W-8'")
      assert.equal(job?.removal_reason, null)
      const again = await scene.import(directory, { onConflict: 'replace' })
      assert.deepEqual([again.outcome, again.report.totals.conflict], ['nothing', 0])
    })

    test('leaves what V2 has removed out, unless V1 has changed it and is to win', async (t) => {
      const scene = await importScene(t, kind)
      const { directory, change } = await v1(t)
      await scene.import(directory)
      await scene.query("DELETE FROM work_orders WHERE external_id IN ('W-2', 'W-3')")
      await scene.query("DELETE FROM user_completed_jobs WHERE job_id = 'W-8'")
      const same = await scene.import(directory)
      assert.deepEqual([same.outcome, same.reconciliation?.changedInV2], ['nothing', 3])
      change({
        [CONTENT]: orders(order('W-1'), order('W-2'), order('W-3', { instructions: 'V1' })),
        [JOBS]: json({ jobs: [{ id: 'W-8' }, { id: 'W-9', completionDate: '03/02/2025' }] }),
      })
      const kept = await scene.import(directory)
      assert.deepEqual(fileTold(kept, JOBS), { read: 2, unchanged: 1, conflict: 1 })
      assert.deepEqual(await instructionsOf(scene), { 'W-1': CALLED })
      const replaced = await scene.import(directory, { onConflict: 'replace' })
      await assertAccounted(scene, replaced)
      assert.deepEqual(await instructionsOf(scene), { 'W-1': CALLED, 'W-3': 'V1' })
      const jobs = await scene.query('SELECT job_id FROM user_completed_jobs ORDER BY job_id')
      assert.deepEqual(
        jobs.map(({ job_id }) => job_id),
        ['W-8', 'W-9'],
      )
    })

    test('takes a row that V2 has removed and made anew for the one of its key', async (t) => {
      const scene = await importScene(t, kind)
      const { directory, change } = await v1(t)
      await scene.import(directory)
      await scene.query("DELETE FROM user_completed_jobs WHERE job_id = 'W-8'")
      await scene.query(
        `INSERT INTO user_completed_jobs (user_id, job_id, removal_reason) VALUES ('${ANA}', 'W-8', 'V2')`,
      )
      change({ [JOBS]: json({ jobs: [{ id: 'W-8', completionDate: '04/01/2025' }] }) })
      const kept = await scene.import(directory)
      assert.deepEqual(fileTold(kept, JOBS), { read: 1, conflict: 1 })
      const replaced = await scene.import(directory, { onConflict: 'replace' })
      await assertAccounted(scene, replaced)
      const jobs = await scene.query(
        "SELECT removal_reason FROM user_completed_jobs WHERE job_id = 'W-8'",
      )
      assert.deepEqual(
        jobs.map(({ removal_reason }) => removal_reason),
        [null],
      )
    })

    test('brings nothing to what V2 has removed, and goes on', async (t) => {
      const scene = await importScene(t, kind)
      const { directory, change } = await v1(t)
      await scene.import(directory)
      await scene.query(`DELETE FROM users WHERE id = '${BEN}'`)
      await scene.query('DELETE FROM dispensers')
      await scene.query("DELETE FROM work_orders WHERE external_id = 'W-1'")
      const before = await contentOf(scene)
      const dispensers = [{ dispenserNumber: '1/2' }, { dispenserNumber: '5/6' }]
      change({
        [at(ANA, 'dispenser_store.json')]: json({ dispenserData: { 'W-1': { dispensers } } }),
        [at(BEN, 'completed_jobs.json')]: json({ jobs: [{ id: 'W-1' }] }),
      })
      const next = await scene.import(directory)
      await assertAccounted(scene, next)
      const { user_dispenser_data: changed, ...after } = await contentOf(scene)
      const { user_dispenser_data: stored, ...rest } = before
      assert.deepEqual(after, rest)
      assert.notDeepEqual(changed, stored)
    })

    test('meets the rows that V2 has by itself', async (t) => {
      const scene = await importScene(t, kind)
      const { directory } = await v1(t, { ...SMALL, [at(ANA, 'activity_log.json')]: '[]' })
      const first = await scene.import(directory)
      for (const table of ['v1_import_records', 'v1_import_files', 'v1_imports']) {
        await scene.query(`DROP TABLE ${table}`)
      }
      await scene.query('DELETE FROM user_scraped_content')
      await scene.query("UPDATE work_orders SET instructions = 'V2' WHERE external_id = 'W-1'")
      await scene.query(`UPDATE users SET label = 'V2' WHERE id = '${BEN}'`)
      const before = await rawContent(scene, OF_RUNS)
      const met = await scene.import(directory)
      await assertAccounted(scene, met)
      const { read } = first.report.totals
      assert.deepEqual(told(met.report.totals), {
        read,
        imported: 1,
        unchanged: read - 3,
        conflict: 2,
      })
      const {
        v1_import_records: _,
        user_scraped_content: __,
        ...rest
      } = await rawContent(scene, OF_RUNS)
      const { user_scraped_content: ___, ...expected } = before
      assert.deepEqual(rest, expected, 'V2’s rows stand as they were')
      const replaced = await scene.import(directory, { onConflict: 'replace' })
      assert.equal(replaced.report.totals.imported, 2)
      assert.equal((await instructionsOf(scene))['W-1'], CALLED)
    })
  })
}
