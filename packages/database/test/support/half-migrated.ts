import { createMigrator } from '@fossawork/migrate'
import { migrationsFolder } from '../../src/config.ts'

/** Runs one statement on the database under test. */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>

const LEFT_BEHIND = [
  'CREATE INDEX idx_users_email_lower ON users(lower(email))',
  'CREATE INDEX idx_users_last_used ON users(last_used)',
  'CREATE INDEX idx_work_orders_user_status ON work_orders(user_id, status)',
  'CREATE INDEX idx_automation_jobs_created ON automation_jobs(created_at DESC)',
]

const ROWS = [
  "INSERT INTO users (id, email, label) VALUES ('5d41402abc4b2a76b9719d911017c592', 'ana@example.com', 'Ana')",
  "INSERT INTO users (id, email, label) VALUES ('7d793037a0760186574b0282f2f435e7', 'ben@example.com', 'Ben')",
  ...Array.from(
    { length: 20 },
    (_, n) =>
      `INSERT INTO work_orders (id, user_id, external_id, site_name, notes) VALUES ('wo-${n}', '5d41402abc4b2a76b9719d911017c592', 'W-${1000 + n}', 'Fuel stop ${n}', 'Gate code at the office')`,
  ),
  ...Array.from(
    { length: 40 },
    (_, n) =>
      `INSERT INTO dispensers (id, work_order_id, dispenser_number) VALUES ('d-${n}', 'wo-${n % 20}', '${n}/${n + 1}')`,
  ),
]

/** What the original's runner kept: v001 and v002 applied, v003 failed, v004 never seen. */
const JOURNAL = [
  ['v001_initial_schema', 'applied', "'b2a3b39e66cb2fc6b6d0b8f7cc2445c7'", '[]'],
  [
    'v002_add_security_tables',
    'applied',
    "'0b5cded8e816fed5e2a4b873f4c24004'",
    '["v001_initial_schema"]',
  ],
  ['v003_add_indexes', 'failed', 'NULL', null],
] as const

/** Makes a database as the original left many: two of six migrations, half of the third, and people's rows. */
export async function makeHalfMigrated(databaseUrl: string, query: Query): Promise<void> {
  const migrator = await createMigrator({
    config: { databaseUrl, migrations: migrationsFolder, backup: 'off' },
  })
  await migrator.migrate({ version: 'v002_add_security_tables' })
  await query('DROP TABLE schema_migration_log')
  await query('DROP TABLE schema_migration_archive')
  await query('DELETE FROM schema_migrations')
  for (const [version, status, checksum, needs] of JOURNAL) {
    const metadata =
      needs === null ? 'NULL' : `'{"dependencies": ${needs}, "file_path": "/opt/${version}.py"}'`
    await query(
      `INSERT INTO schema_migrations (version, applied_at, status, checksum, metadata_json) VALUES ('${version}', '2025-01-13 14:30:22.430660', '${status}', ${checksum}, ${metadata})`,
    )
  }
  for (const statement of [...ROWS, ...LEFT_BEHIND]) await query(statement)
}
