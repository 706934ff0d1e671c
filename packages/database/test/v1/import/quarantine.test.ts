import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { SECRET_MARK, userIdOf } from '../../../../../bench/v1-tree/shapes.ts'
import type { DatabaseKind } from '../../../../../test/support/databases.ts'
import { showQuarantine } from '../../../src/v1/import/show-quarantine.ts'
import type { QuarantineCode } from '../../../src/v1/record.ts'
import { oneOfEach } from '../../credentials/scene.ts'
import { assertAccounted, importTwice, told } from './accounting.ts'
import { booksOf, contentOf, OF_RUNS, rawContent } from './content.ts'
import { importScene, type Scene } from './scene.ts'
import { ANA, at, entry, json, order, orders, SMALL, type V1, v1 } from './small-tree.ts'

const DANA = userIdOf('dana@example.com')
const ORPHAN = userIdOf('orphan@example.com')
const nested = `{"a": ${'['.repeat(300)}${']'.repeat(300)}}`
const lone = { workOrderId: 'W-404', dispenserNumber: '1' }

/** One record for every reason that there is. */
const FAULTS = {
  'users/users.json': json([
    entry('ana'),
    { label: 'nobody', password: `${SECRET_MARK}-nobody` },
    entry('dana'),
  ]),
  [at(ANA, 'scraped_content.json')]: json({
    workOrders: [
      order('W-1'),
      { ...order(''), token: `${SECRET_MARK}-order` },
      order('W-2', { customer: { name: 'x'.repeat(300) } }),
    ],
  }),
  [at(ANA, 'dispenser_store.json')]: json({ dispensers: [lone] }),
  [at(ANA, 'work_fossa_credentials.json')]: json({ password: `${SECRET_MARK}-fossa` }),
  [at(ANA, 'prover_preferences.json')]: json([{ id: '21-1', priority: 2 ** 40 }]),
  [at(ANA, 'completed_jobs.json')]: '',
  [at(ANA, 'activity_log.json')]: `[{"password": "${SECRET_MARK}-cut`,
  [at(ANA, 'batch_history.json')]: '42',
  [at(ANA, 'notification_settings.json')]: nested,
  [at(ANA, 'work_week_preference.json')]: { link: '/etc/passwd' },
  [at(ORPHAN, 'pushover_settings.json')]: json({ appToken: `${SECRET_MARK}-orphan` }),
}

const EXPECTED: Readonly<Record<QuarantineCode, string>> = {
  EMAIL_MISSING: 'users/users.json /1',
  EMAIL_TAKEN: 'users/users.json /2',
  FILE_CUT: `${at(ANA, 'activity_log.json')} `,
  FILE_EMPTY: `${at(ANA, 'completed_jobs.json')} `,
  FILE_TOO_LARGE: `${at(ANA, 'pushover_settings.json')} `,
  FILE_UNREADABLE: `${at(ANA, 'email_settings.json')} `,
  ID_MISSING: `${at(ANA, 'scraped_content.json')} /workOrders/1`,
  NOT_A_FILE: `${at(ANA, 'work_week_preference.json')} `,
  SHAPE_UNKNOWN: `${at(ANA, 'batch_history.json')} `,
  TOO_DEEP: `${at(ANA, 'notification_settings.json')} `,
  USER_UNKNOWN: `${at(ORPHAN, 'pushover_settings.json')} `,
  VALUE_MISSING: `${at(ANA, 'work_fossa_credentials.json')} `,
  VALUE_OUT_OF_RANGE: `${at(ANA, 'prover_preferences.json')} /0`,
  VALUE_TOO_LONG: `${at(ANA, 'scraped_content.json')} /workOrders/2`,
  WORK_ORDER_UNKNOWN: `${at(ANA, 'dispenser_store.json')} /dispensers/0`,
}

const MARK_TEXT = /Zq7xSecret/

async function faulty(t: TestContext, kind: DatabaseKind): Promise<Scene & V1> {
  const scene = await importScene(t, kind)
  const source = await v1(t, FAULTS)
  const file = (name: string): string => join(source.directory, at(ANA, name))
  // a Latin-1 é, which is no UTF-8
  writeFileSync(file('email_settings.json'), Buffer.from('{"note": "caf\xe9"}', 'latin1'))
  writeFileSync(file('pushover_settings.json'), '')
  truncateSync(file('pushover_settings.json'), 33 * 2 ** 20)
  await scene.query("INSERT INTO users (id, email) VALUES ('v2', 'dana@example.com')")
  return { ...scene, ...source }
}

const rowsLess = async (scene: Scene, table: string) => {
  const { [table]: _, ...rest } = await rawContent(scene, OF_RUNS)
  return rest
}

for (const kind of oneOfEach) {
  describe(`the quarantine on ${kind.name}`, { skip: kind.skip }, () => {
    test('takes what cannot be imported for any reason, and keeps it sealed', async (t) => {
      const scene = await faulty(t, kind)
      const result = await importTwice(scene, scene.directory)
      const { quarantined } = result.report
      assert.deepEqual(
        quarantined.map(({ code, count, examples: [first] }) => [
          code,
          count,
          `${first?.file} ${first?.position}`,
        ]),
        Object.entries(EXPECTED).map(([code, place]) => [code, 1, place]),
      )
      const kept = (await booksOf(scene)).records?.filter((line) => MARK_TEXT.test(line)) ?? []
      assert.equal(kept.length, 6, 'the records themselves are there for who has the key')
      assert.doesNotMatch(JSON.stringify(await rawContent(scene)), MARK_TEXT)

      const { records } = await showQuarantine(await scene.migrator())
      assert.equal(records.length, 15)
      assert.doesNotMatch(JSON.stringify(records), MARK_TEXT)
      const shown = records.find(({ code }) => code === 'ID_MISSING')
      assert.match(String(shown?.content), /"name":"Fuel Stop, Inc".*"token":"\[redacted\]"/)
      const cut = records.find(({ code }) => code === 'FILE_CUT')
      assert.match(String(cut?.content), /^\d+ characters of text$/)
      const large = records.find(({ code }) => code === 'FILE_TOO_LARGE')
      assert.equal(large?.content, null)
    })

    test('gives nothing back while its reasons are there', async (t) => {
      const scene = await faulty(t, kind)
      await scene.import(scene.directory)
      const before = await rawContent(scene, OF_RUNS)
      const planned = await scene.retry({ dryRun: true })
      const retried = await scene.retry()
      assert.deepEqual(retried.report, planned.report)
      await assertAccounted(scene, retried)
      assert.deepEqual(
        [retried.outcome, told(retried.report.totals)],
        ['nothing', { read: 15, quarantined: 15 }],
      )
      const { v1_import_records: _, ...rows } = before
      assert.deepEqual(await rowsLess(scene, 'v1_import_records'), rows)
      assert.deepEqual(
        retried.report.quarantined.map(({ code }) => code),
        Object.keys(EXPECTED),
      )
    })

    test('gives back what the reason is gone of, and nothing else', async (t) => {
      const scene = await faulty(t, kind)
      await scene.import(scene.directory)
      const { query } = scene
      await query("UPDATE users SET email = 'other@example.com' WHERE id = 'v2'")
      await query(`INSERT INTO users (id, email) VALUES ('${ORPHAN}', 'orphan@example.com')`)
      await query(
        `INSERT INTO work_orders (id, user_id, external_id, site_name)
         VALUES ('${ANA}-W-404', '${ANA}', 'W-404', 'Late')`,
      )
      const retried = await scene.retry()
      await assertAccounted(scene, retried)
      assert.deepEqual(told(retried.report.totals), { read: 15, imported: 3, quarantined: 12 })
      const users = await query('SELECT email FROM users ORDER BY email')
      assert.deepEqual(
        users.map(({ email }) => email),
        ['ana@example.com', 'dana@example.com', 'orphan@example.com', 'other@example.com'],
      )
      const { user_preferences: preferences = [], dispensers = [] } = await contentOf(scene)
      assert.ok(
        preferences.some((line) => line.includes(ORPHAN) && line.includes('Zq7xSecret-orphan')),
      )
      assert.equal(dispensers.length, 1)
      assert.doesNotMatch(JSON.stringify(await rawContent(scene)), MARK_TEXT)
      const { records } = await showQuarantine(await scene.migrator())
      const gone = ['EMAIL_TAKEN', 'USER_UNKNOWN', 'WORK_ORDER_UNKNOWN']
      assert.deepEqual(
        records.map(({ code }) => code).sort(),
        Object.keys(EXPECTED).filter((code) => !gone.includes(code)),
      )
      assert.deepEqual(told((await scene.retry()).report.totals), { read: 12, quarantined: 12 })
      assert.equal((await query(`SELECT 1 FROM users WHERE id = '${DANA}'`)).length, 1)
    })

    test('gives a whole folder back as an import would have brought it', async (t) => {
      const orphaned = { ...SMALL, 'settings.json': '{}', 'users/users.json': '[]' }
      const late = await importScene(t, kind)
      await late.import((await v1(t, orphaned)).directory)
      const known = await importScene(t, kind)
      for (const { query } of [late, known]) {
        await query(
          `INSERT INTO users (id, email, last_used) VALUES ('${ANA}', 'ana@example.com', NULL)`,
        )
      }
      await late.retry()
      await known.import((await v1(t, orphaned)).directory)
      assert.deepEqual(await contentOf(late), await contentOf(known))
      assert.deepEqual((await showQuarantine(await late.migrator())).records, [])
    })

    test('lets go of what V1 has mended', async (t) => {
      const scene = await importScene(t, kind)
      const file = at(ANA, 'completed_jobs.json')
      const { directory, change } = await v1(t, { ...SMALL, [file]: '{"jobs": [{"id": "W-' })
      await scene.import(directory)
      change({ [file]: json({ jobs: [{ id: 'W-7' }, { note: 'no id' }] }) })
      const next = await scene.import(directory)
      assert.deepEqual([next.report.totals.imported, next.report.totals.quarantined], [1, 1])
      const { records } = await showQuarantine(await scene.migrator())
      assert.deepEqual(
        records.map(({ code, position }) => [code, position]),
        [['ID_MISSING', '/jobs/1']],
      )
    })

    test('keeps what V1 has no more, whatever stands in its place', async (t) => {
      const scene = await importScene(t, kind)
      const file = at(ANA, 'scraped_content.json')
      const lost = { instructions: 'Nobody knows whose.' }
      const { directory, change } = await v1(t, {
        ...SMALL,
        [file]: orders(order('W-1'), lost, order('W-2')),
      })
      await scene.import(directory)
      change({ [file]: orders(order('W-1'), order('W-2')) })
      await scene.import(directory)
      const { records } = await showQuarantine(await scene.migrator())
      assert.deepEqual(
        records.map(({ code, content }) => [code, content]),
        [['ID_MISSING', JSON.stringify(lost)]],
      )
    })
  })
}
