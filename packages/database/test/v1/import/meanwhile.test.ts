import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { databases } from '../../../../../test/support/databases.ts'
import { importScene } from './scene.ts'
import { ANA, at, BEN, entry, json, order, orders, SMALL, v1 } from './small-tree.ts'

const EMAIL = at(ANA, 'email_settings.json')

for (const kind of databases) {
  describe(`what V2 did since, on ${kind.name}`, { skip: kind.skip }, () => {
    test('a row that has the number of another one now is not taken for it', async (t) => {
      const scene = await importScene(t, kind)
      const source = await v1(t, { ...SMALL, [EMAIL]: json({ frequency: 'daily' }) })
      await scene.import(source.directory)
      const { query } = scene
      const [row] = await query("SELECT id FROM user_preferences WHERE category = 'email'")
      await query(`DELETE FROM user_preferences WHERE id = ${row?.id}`)
      await query(
        `INSERT INTO user_preferences (id, user_id, category, settings)
         VALUES (${row?.id}, '${BEN}', 'ui', '{"theme":"dark"}')`,
      )
      source.change({ [EMAIL]: json({ frequency: 'weekly' }) })
      await scene.import(source.directory, { onConflict: 'replace' })
      const rows = await query(
        `SELECT user_id, category FROM user_preferences WHERE category IN ('email', 'ui')
         ORDER BY category`,
      )
      assert.deepEqual(
        rows.map(({ user_id, category }) => [user_id, category]),
        [
          [ANA, 'email'],
          [BEN, 'ui'],
        ],
      )
    })

    test('records of more than one batch have the same outcome in a dry run', async (t) => {
      const scene = await importScene(t, kind)
      const source = await v1(t)
      await scene.import(source.directory)
      const ids = Array.from({ length: 2_200 }, (_, n) => `W-${n + 1}`)
      source.change({
        [at(ANA, 'scraped_content.json')]: orders(...ids.map((id) => order(id))),
        [at(ANA, 'dispenser_store.json')]: json({
          dispenserData: Object.fromEntries(
            ids.map((id) => [id, { dispensers: [{ dispenserNumber: '1' }] }]),
          ),
        }),
      })
      const dry = await scene.import(source.directory, { dryRun: true })
      const real = await scene.import(source.directory)
      assert.deepEqual(dry.report, real.report)
      assert.equal(real.report.totals.conflict, 0)
    })

    test('what belonged to nobody comes once its owner is back', async (t) => {
      const scene = await importScene(t, kind)
      const source = await v1(t, { 'users/users.json': json([entry('ana'), entry('ben')]) })
      await scene.import(source.directory)
      await scene.query(`DELETE FROM users WHERE id = '${BEN}'`)
      source.change({ [at(BEN, 'pushover_settings.json')]: json({ enabled: true }) })
      const orphan = await scene.import(source.directory, { onConflict: 'replace' })
      assert.equal(orphan.report.totals.conflict, 1)
      assert.ok(orphan.report.notes.some(({ code }) => code === 'V2_REMOVED'))
      await scene.query(`INSERT INTO users (id, email) VALUES ('${BEN}', 'ben@example.com')`)
      const back = await scene.import(source.directory)
      assert.equal(back.report.totals.conflict, 0)
      assert.equal((await scene.query('SELECT 1 FROM user_preferences')).length, 1)
    })

    test('an identity that is cut in the middle of a character is found again', async (t) => {
      const scene = await importScene(t, kind)
      const key = `${'k'.repeat(99)}😀${'z'.repeat(150)}`
      const lists = { dispensers: [{ serial: key, workOrderId: 'W-1' }] }
      const source = await v1(t, { ...SMALL, [at(BEN, 'batch_history.json')]: json(lists) })
      const first = await scene.import(source.directory)
      const again = await scene.import(source.directory)
      assert.equal(again.report.totals.imported, 0)
      assert.equal(again.report.totals.read, first.report.totals.read)
    })

    test('a record that moves within its list stands in quarantine once', async (t) => {
      const scene = await importScene(t, kind)
      const file = at(ANA, 'scraped_content.json')
      const { id: _, ...nameless } = order('W-7') as { id: string }
      const source = await v1(t, { ...SMALL, [file]: orders(order('W-1'), nameless) })
      await scene.import(source.directory)
      source.change({ [file]: orders(order('W-5'), order('W-1'), nameless) })
      await scene.import(source.directory)
      const kept = await scene.query("SELECT 1 FROM v1_import_records WHERE target_table = ''")
      assert.equal(kept.length, 1)
    })
  })
}

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(`an application that writes meanwhile, on ${kind.name}`, { skip: kind.skip }, () => {
    test('is waited for, and what it wrote stays', async (t) => {
      const scene = await importScene(t, kind)
      const source = await v1(t, { ...SMALL, [EMAIL]: json({ frequency: 'daily' }) })
      await scene.import(source.directory)
      source.change({ [EMAIL]: json({ frequency: 'weekly' }) })
      const application = new pg.Client({ connectionString: scene.url })
      // the database is dropped under it when the test ends
      application.on('error', () => {})
      await application.connect()
      t.after(() => application.end())
      await application.query('BEGIN')
      await application.query(
        `UPDATE user_preferences SET settings = '{"frequency":"never"}' WHERE category = 'email'`,
      )
      const importing = scene.import(source.directory)
      for (;;) {
        // not in the application's transaction, which sees one state of it
        const waiting = await scene.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        if (waiting.length > 0) break
      }
      await application.query('COMMIT')
      const { report } = await importing
      assert.equal(report.totals.conflict, 1)
      const [row] = await scene.query(
        "SELECT settings->>'frequency' AS said FROM user_preferences WHERE category = 'email'",
      )
      assert.equal(row?.said, 'never')
    })
  })
}
