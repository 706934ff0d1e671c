import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { databases } from '../../../test/support/databases.ts'
import { migrations, open, run } from './support/database.ts'
import { expectedSchema } from './support/expected-schema.ts'
import { liveSchema } from './support/live-schema.ts'

for (const kind of databases) {
  suite(`the six migrations on ${kind.name}`, { skip: kind.skip }, () => {
    test('each makes the tables, columns, constraints and indexes of the specification', async (t) => {
      const opened = await open(t, kind)
      for (const [i, migration] of migrations.entries()) {
        await run(opened, 'up', [migration])
        const live = await liveSchema(opened)
        assert.deepEqual(live, expectedSchema(kind.dialect, i + 1), migration.description)
      }
      assert.equal(Object.keys(await liveSchema(opened)).length, 55)
    })

    test('down to nothing and up again gives the same schema', async (t) => {
      const opened = await open(t, kind)
      await run(opened, 'up')
      const first = await everything(opened)
      assert.ok(first.length > 150)
      await run(opened, 'down')
      assert.deepEqual(await everything(opened), [])
      await run(opened, 'up')
      assert.deepEqual(await everything(opened), first)
    })

    test('each goes down alone, with rows in all that refers to it', async (t) => {
      const opened = await open(t, kind)
      const { db } = opened
      await run(opened, 'up', migrations.slice(0, 3))
      await db.insertInto('users').values({ id: 'u', email: 'u@example.com' }).execute()
      await db.insertInto('work_orders').values({ id: 'w', user_id: 'u', site_name: 'S' }).execute()
      const before = await everything(opened)
      await run(opened, 'up', migrations.slice(3))
      const [rule] = await db.selectFrom('rate_limit_rules').select('id').execute()
      const bucket = { rule_id: rule?.id, bucket_key: 'k', tokens: 1, last_refill: '2026-01-01' }
      await db.insertInto('rate_limit_buckets').values(bucket).execute()
      await run(opened, 'down', migrations.slice(3))
      assert.deepEqual(await everything(opened), before)
      await run(opened, 'down', migrations.slice(2, 3))
      assert.deepEqual(await liveSchema(opened), expectedSchema(kind.dialect, 2))
      assert.equal((await db.selectFrom('work_orders').selectAll().execute()).length, 1)
    })

    test('v003 keeps indexes that a failed attempt left', async (t) => {
      const opened = await open(t, kind)
      await run(opened, 'up', migrations.slice(0, 2))
      await sql`CREATE INDEX idx_users_email_lower ON users(lower(email))`.execute(opened.db)
      await sql`CREATE INDEX idx_automation_jobs_created ON automation_jobs(created_at DESC)`.execute(
        opened.db,
      )
      await run(opened, 'up', migrations.slice(2, 3))
      assert.deepEqual(await liveSchema(opened), expectedSchema(kind.dialect, 3))
    })

    test('v004 and v005 bring their rules and policies', async (t) => {
      const opened = await open(t, kind)
      await run(opened, 'up')
      assert.equal(
        await listed(
          opened,
          sql`SELECT name, endpoint_pattern, method, max_requests,
          window_seconds, burst_size, applies_to, user_tier FROM rate_limit_rules ORDER BY id`,
        ),
        RULES,
      )
      assert.equal(
        await listed(
          opened,
          sql`SELECT policy_name, data_type, retention_days, deletion_strategy
          FROM data_retention_policies ORDER BY id`,
        ),
        POLICIES,
      )
      const active = sql<{ n: number }>`SELECT count(*) AS n FROM rate_limit_rules
        WHERE is_active AND created_at IS NOT NULL`
      assert.equal(Number((await active.execute(opened.db)).rows[0]?.n), 10)
    })
  })
}

type Opened = Awaited<ReturnType<typeof open>>

/** Every object in the schema with its definition, but for SQLite's own counter of automatic keys. */
async function everything({ db, dialect }: Opened): Promise<unknown[]> {
  const { rows } = await (dialect === 'sqlite'
    ? sql`SELECT type, name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence' ORDER BY 1, 2`
    : sql`SELECT c.relkind AS type, c.relname AS name, a.attname, a.attnum,
          coalesce(pg_get_indexdef(c.oid), format_type(a.atttypid, a.atttypmod)) AS sql
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'f', proname, NULL, NULL, prosrc FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2, 4`
  ).execute(db)
  return rows
}

/** Rows as lines, so that they read like the specification's tables. */
async function listed({ db }: Opened, query: ReturnType<typeof sql>): Promise<string> {
  const { rows } = await query.execute(db)
  return rows.map((row) => Object.values(row as object).join(' ')).join('\n')
}

const RULES = `\
login_attempt /api/auth/login POST 5 300 2 ip \n\
password_reset /api/auth/reset-password POST 3 3600 1 ip \n\
register /api/auth/register POST 3 3600 1 ip \n\
api_general /api/*  100 60 20 user free
api_premium /api/*  1000 60 100 user premium
api_enterprise /api/*  10000 60 500 user enterprise
scraping /api/scraping/*  10 300 2 user \n\
automation /api/automation/*  20 300 5 user \n\
bulk_operations /api/bulk/*  5 600 1 user \n\
public_api /api/public/*  10 3600 2 ip `

const POLICIES = `\
user_activity_logs user_activities 365 archive
security_events security_events 730 archive
api_access_logs api_access_logs 90 delete
failed_logins failed_login_attempts 180 delete
audit_trail audit_trail 2555 archive
compliance_logs compliance_logs 2555 archive
session_data user_sessions 30 delete
temporary_files temp_files 7 delete`
