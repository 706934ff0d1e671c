import { defineMigration } from '@fossawork/migrate'
import { sql } from 'kysely'
import {
  autoincrement,
  bigint,
  boolean,
  createTables,
  dropTables,
  float,
  integer,
  table,
  text,
  timestamp,
  varchar,
} from '../src/columns.ts'

const id = autoincrement
const now = timestamp.defaultTo(sql`CURRENT_TIMESTAMP`)
const user = varchar(32).references('users.id')

// biome-ignore format: columns share lines, so that a table fits the eye
const tables = [
  table('rate_limit_rules', {
    id, name: varchar(100).notNull().unique(), endpoint_pattern: varchar(255), method: varchar(10),
    max_requests: integer.notNull(), window_seconds: integer.notNull(), burst_size: integer,
    applies_to: varchar(50).defaultTo('all'), user_tier: varchar(50),
    is_active: boolean.defaultTo(true), description: text, created_at: now, updated_at: now,
  }),
  table('rate_limit_buckets', {
    id, bucket_key: varchar(255).notNull().unique(),
    rule_id: bigint.notNull().references('rate_limit_rules.id'), tokens: float.notNull(),
    last_refill: timestamp.notNull(), total_requests: integer.defaultTo(0),
    total_rejected: integer.defaultTo(0), created_at: now, updated_at: now,
  }, {
    indexes: { idx_rate_limit_buckets_key: ['bucket_key'] },
  }),
  table('rate_limit_violations', {
    id, user_id: user, ip_address: varchar(45).notNull(), endpoint: varchar(255).notNull(),
    method: varchar(10), rule_id: bigint.references('rate_limit_rules.id'), requests_made: integer,
    limit_exceeded_at: now, blocked_until: timestamp, violation_count: integer.defaultTo(1),
    metadata_json: text,
  }, {
    indexes: {
      idx_rate_limit_violations_time: ['limit_exceeded_at'],
      idx_rate_limit_violations_ip: ['ip_address'], idx_rate_limit_violations_user: ['user_id'],
    },
  }),
  table('api_quotas', {
    id, user_id: user, tier: varchar(50).defaultTo('free'), endpoint_group: varchar(100),
    daily_limit: integer, monthly_limit: integer, daily_used: integer.defaultTo(0),
    monthly_used: integer.defaultTo(0), reset_daily_at: timestamp, reset_monthly_at: timestamp,
    overage_allowed: boolean.defaultTo(false), overage_rate: float, created_at: now,
    updated_at: now,
  }, {
    indexes: { idx_api_quotas_user: ['user_id'] },
  }),
  table('throttle_events', {
    id, event_type: varchar(50).notNull(), user_id: user, ip_address: varchar(45),
    endpoint: varchar(255), reason: varchar(255), duration_seconds: integer,
    requests_dropped: integer, created_at: now, metadata_json: text,
  }, {
    indexes: { idx_throttle_events_created: ['created_at'], idx_throttle_events_user: ['user_id'] },
  }),
]

// biome-ignore format: one rule a line
const rules = [
  ['login_attempt', '/api/auth/login', 'POST', 5, 300, 2, 'ip', null],
  ['password_reset', '/api/auth/reset-password', 'POST', 3, 3600, 1, 'ip', null],
  ['register', '/api/auth/register', 'POST', 3, 3600, 1, 'ip', null],
  ['api_general', '/api/*', null, 100, 60, 20, 'user', 'free'],
  ['api_premium', '/api/*', null, 1000, 60, 100, 'user', 'premium'],
  ['api_enterprise', '/api/*', null, 10000, 60, 500, 'user', 'enterprise'],
  ['scraping', '/api/scraping/*', null, 10, 300, 2, 'user', null],
  ['automation', '/api/automation/*', null, 20, 300, 5, 'user', null],
  ['bulk_operations', '/api/bulk/*', null, 5, 600, 1, 'user', null],
  ['public_api', '/api/public/*', null, 10, 3600, 2, 'ip', null],
] as const

export default defineMigration({
  description: 'Rate limiting and API throttling',
  dependsOn: ['v001_initial_schema', 'v002_add_security_tables'],
  async up(context) {
    await createTables(context, tables)
    const rows = rules.map(
      ([name, endpoint_pattern, method, max, window, burst, applies_to, tier]) => ({
        name,
        endpoint_pattern,
        method,
        max_requests: max,
        window_seconds: window,
        burst_size: burst,
        applies_to,
        user_tier: tier,
      }),
    )
    await context.db.insertInto('rate_limit_rules').values(rows).execute()
  },
  down: ({ db }) => dropTables(db, tables),
})
