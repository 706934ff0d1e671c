import { defineMigration } from '@fossawork/migrate'
import { sql } from 'kysely'
import {
  autoincrement,
  boolean,
  createTables,
  dropTables,
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
  table('security_events', {
    id, event_type: varchar(50).notNull(), severity: varchar(20).notNull(), user_id: user,
    ip_address: varchar(45), user_agent: text, endpoint: varchar(255), method: varchar(10),
    status_code: integer, request_data: text, response_data: text, error_message: text,
    stack_trace: text, session_id: varchar(100), correlation_id: varchar(100), created_at: now,
    metadata_json: text,
  }, {
    indexes: {
      idx_security_events_created: ['created_at'], idx_security_events_user: ['user_id'],
      idx_security_events_type: ['event_type'],
    },
  }),
  table('failed_login_attempts', {
    id, email: varchar(255).notNull(), ip_address: varchar(45), user_agent: text,
    failure_reason: varchar(100), attempt_count: integer.defaultTo(1), locked_until: timestamp,
    created_at: now, last_attempt_at: now,
  }, {
    indexes: { idx_failed_login_ip: ['ip_address'], idx_failed_login_email: ['email'] },
  }),
  table('api_access_logs', {
    id, user_id: user, endpoint: varchar(255).notNull(), method: varchar(10).notNull(),
    ip_address: varchar(45), user_agent: text, request_headers: text, request_body: text,
    response_status: integer, response_time_ms: integer, error_message: text, created_at: now,
  }, {
    indexes: { idx_api_access_endpoint: ['endpoint'], idx_api_access_user: ['user_id'] },
  }),
  table('suspicious_activities', {
    id, activity_type: varchar(100).notNull(), severity: varchar(20).notNull(), user_id: user,
    ip_address: varchar(45), details: text, detection_method: varchar(100),
    action_taken: varchar(100), resolved: boolean.defaultTo(false), resolved_by: varchar(255),
    resolved_at: timestamp, created_at: now, metadata_json: text,
  }, {
    indexes: { idx_suspicious_type: ['activity_type'], idx_suspicious_user: ['user_id'] },
  }),
  table('data_access_audit', {
    id, user_id: user.notNull(), resource_type: varchar(100).notNull(), resource_id: varchar(100),
    action: varchar(50).notNull(), old_value: text, new_value: text, ip_address: varchar(45),
    user_agent: text, reason: text, created_at: now,
  }, {
    indexes: {
      idx_data_audit_resource: ['resource_type', 'resource_id'], idx_data_audit_user: ['user_id'],
    },
  }),
  table('session_tokens', {
    id, user_id: user.notNull(), token_hash: varchar(128).notNull().unique(),
    token_type: varchar(20).defaultTo('access'), expires_at: timestamp.notNull(),
    revoked: boolean.defaultTo(false), revoked_at: timestamp, revoked_reason: varchar(255),
    ip_address: varchar(45), user_agent: text, last_used_at: timestamp, created_at: now,
  }, {
    indexes: { idx_session_tokens_hash: ['token_hash'], idx_session_tokens_user: ['user_id'] },
  }),
]

export default defineMigration({
  description: 'Security event logging',
  dependsOn: ['v001_initial_schema'],
  up: (context) => createTables(context, tables),
  down: ({ db }) => dropTables(db, tables),
})
