import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RATE_LIMIT_RULES, RETENTION_POLICIES } from '../src/seeded-rows.ts'
import { available, DEMO, importScene, type Scene } from './v1/import/scene.ts'

const CATEGORIES = ['constraints', 'data', 'security'] as const

const OF_ROWS = [
  ...['foreign keys hold', 'orphans', 'required fields', 'JSON', 'known values', 'dates'],
  ...['types and lengths', 'one active row', 'expected rows', 'V1 reconciliation'],
  'work orders with their dispensers',
]

/** What is wrong with the rows: code, place, count and examples. */
async function faults(scene: Scene): Promise<string[]> {
  const { findings, checks } = await (await scene.migrator()).validate({ categories: CATEGORIES })
  const done = new Set(checks.map(({ name }) => name))
  assert.deepEqual(
    OF_ROWS.filter((name) => !done.has(name)),
    [],
  )
  return findings
    .filter(({ severity, check }) => severity !== 'info' && OF_ROWS.includes(check ?? ''))
    .map(
      ({ code, at, count, examples }) => `${code} ${at?.object} ${count} ${examples?.join('; ')}`,
    )
    .sort()
}

for (const kind of available) {
  describe(`what FossaWork expects of its data, on ${kind.name}`, () => {
    test('holds where V1 was imported; what breaks it is found', async (t) => {
      const scene = await importScene(t, kind)
      await scene.import(DEMO)
      assert.deepEqual(await faults(scene), [])
      for (const expected of [RATE_LIMIT_RULES, RETENTION_POLICIES]) {
        const names = Object.keys(expected.rows[0] ?? {})
        const rows = await scene.query(
          `SELECT ${names.join(', ')} FROM ${expected.table} ORDER BY id`,
        )
        assert.deepEqual(
          rows.map((row) => ({ ...row })),
          expected.rows,
        )
      }

      const [order] = await scene.query('SELECT id, user_id FROM work_orders ORDER BY id LIMIT 1')
      const [other] = await scene.query(
        `SELECT id FROM users WHERE id <> '${order?.user_id}' ORDER BY id LIMIT 1`,
      )
      const [activity] = await scene.query('SELECT user_id FROM user_activities WHERE id = 1')
      const statements = [
        `INSERT INTO scraping_schedules (id, user_id, schedule_type) VALUES (5, 'nobody', 'daily')`,
        `INSERT INTO automation_jobs (id, user_id, work_order_id, job_type) VALUES ('j', '${other?.id}', '${order?.id}', 'x')`,
        `INSERT INTO user_sessions (id, user_id, is_active)
           SELECT 900, id, true FROM users WHERE id NOT IN (SELECT user_id FROM user_sessions) ORDER BY id LIMIT 1`,
        `DELETE FROM rate_limit_rules WHERE name = 'scraping'`,
        `UPDATE data_retention_policies SET is_active = false WHERE policy_name = 'audit_trail'`,
        `DELETE FROM user_activities WHERE id = 1`,
        `UPDATE v1_import_files SET "read" = "read" + 1 WHERE id = 1`,
        `INSERT INTO security_events (id, event_type, severity, metadata_json) VALUES (1, 'x', 'low', '{')`,
        `UPDATE work_orders SET scheduled_date = '1825-01-01' WHERE id = '${order?.id}'`,
      ]
      for (const statement of statements) await scene.query(statement)
      const found = await faults(scene)
      const [active] = found.filter((line) => line.startsWith('SEVERAL_ACTIVE'))
      assert.match(active ?? '', /user_sessions.is_active 2 /)
      const [removed] = found.filter((line) => line.includes('user_activities'))
      assert.match(
        removed ?? '',
        new RegExp(`^IMPORT_DIFFERS .* 1 user ${activity?.user_id}: 1 of`),
      )
      assert.deepEqual(
        found.filter((line) => line !== active && line !== removed),
        [
          `DATE_INVALID work_orders.scheduled_date 1 id ${order?.id}`.slice(0, 200),
          'IMPORT_DIFFERS v1_import_files 1 id 1',
          'JSON_INVALID security_events.metadata_json 1 id 1',
          'ORPHANS automation_jobs.work_order_id -> work_orders 1 id j',
          'ORPHANS scraping_schedules.user_id -> users 1 id 5',
          'ROW_INACTIVE data_retention_policies 1 policy_name audit_trail',
          'ROW_MISSING rate_limit_rules 1 name scraping',
        ],
      )
    })
  })
}
