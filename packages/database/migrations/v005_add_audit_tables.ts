import { defineMigration } from '@fossawork/migrate'
import { sql } from 'kysely'
import {
  autoincrement,
  bigint,
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
  table('audit_trail', {
    id, audit_id: varchar(100).notNull().unique(), table_name: varchar(100).notNull(),
    record_id: varchar(100), action: varchar(20).notNull(), user_id: user, ip_address: varchar(45),
    user_agent: text, changes_json: text, before_json: text, after_json: text, reason: text,
    tags: text, session_id: varchar(100), request_id: varchar(100), created_at: now,
  }, {
    indexes: {
      idx_audit_trail_action: ['action'], idx_audit_trail_created: ['created_at'],
      idx_audit_trail_user: ['user_id'], idx_audit_trail_table: ['table_name'],
    },
  }),
  table('compliance_logs', {
    id, compliance_type: varchar(100).notNull(), regulation: varchar(100), user_id: user,
    action: varchar(100).notNull(), resource_type: varchar(100), resource_id: varchar(100),
    data_classification: varchar(50), retention_period_days: integer,
    deletion_scheduled_at: timestamp, deleted_at: timestamp, audit_notes: text, metadata_json: text,
    created_at: now,
  }, {
    indexes: {
      idx_compliance_logs_user: ['user_id'], idx_compliance_logs_type: ['compliance_type'],
    },
  }),
  table('data_retention_policies', {
    id, policy_name: varchar(100).notNull().unique(), data_type: varchar(100).notNull(),
    retention_days: integer.notNull(), deletion_strategy: varchar(50),
    is_active: boolean.defaultTo(true), legal_basis: text, created_at: now, updated_at: now,
  }),
  table('privacy_requests', {
    id, request_id: varchar(100).notNull().unique(), user_id: user.notNull(),
    request_type: varchar(50).notNull(), status: varchar(50).defaultTo('pending'),
    requested_at: now, processed_at: timestamp, processed_by: varchar(255), data_exported: text,
    deletion_confirmed: boolean.defaultTo(false), notes: text, metadata_json: text,
  }, {
    indexes: { idx_privacy_requests_status: ['status'], idx_privacy_requests_user: ['user_id'] },
  }),
  table('configuration_audit', {
    id, config_key: varchar(255).notNull(), old_value: text, new_value: text, changed_by: user,
    change_reason: text, environment: varchar(50), service_name: varchar(100), rollback_value: text,
    rolled_back: boolean.defaultTo(false), rolled_back_at: timestamp, created_at: now,
  }, {
    indexes: { idx_config_audit_key: ['config_key'] },
  }),
  table('access_control_audit', {
    id, user_id: user.notNull(), resource_type: varchar(100).notNull(), resource_id: varchar(100),
    permission: varchar(100).notNull(), granted: boolean.notNull(), grant_reason: text,
    granted_by: user, expires_at: timestamp, revoked: boolean.defaultTo(false),
    revoked_at: timestamp, revoked_by: user, revoke_reason: text, created_at: now,
  }, {
    indexes: {
      idx_access_control_resource: ['resource_type', 'resource_id'],
      idx_access_control_user: ['user_id'],
    },
  }),
  table('file_access_audit', {
    id, user_id: user, file_path: text.notNull(), file_type: varchar(50),
    action: varchar(50).notNull(), success: boolean.notNull(), error_message: text,
    file_size: bigint, checksum: varchar(64), ip_address: varchar(45), created_at: now,
  }, {
    indexes: { idx_file_access_user: ['user_id'] },
  }),
  table('export_audit', {
    id, user_id: user.notNull(), export_type: varchar(100).notNull(), format: varchar(50),
    filters_applied: text, record_count: integer, file_size: bigint, destination: varchar(255),
    purpose: text, expires_at: timestamp, deleted: boolean.defaultTo(false), created_at: now,
  }, {
    indexes: { idx_export_audit_user: ['user_id'] },
  }),
]

const policies = [
  ['user_activity_logs', 'user_activities', 365, 'archive'],
  ['security_events', 'security_events', 730, 'archive'],
  ['api_access_logs', 'api_access_logs', 90, 'delete'],
  ['failed_logins', 'failed_login_attempts', 180, 'delete'],
  ['audit_trail', 'audit_trail', 2555, 'archive'],
  ['compliance_logs', 'compliance_logs', 2555, 'archive'],
  ['session_data', 'user_sessions', 30, 'delete'],
  ['temporary_files', 'temp_files', 7, 'delete'],
] as const

export default defineMigration({
  description: 'Audit trail and compliance',
  dependsOn: ['v001_initial_schema', 'v002_add_security_tables'],
  async up(context) {
    await createTables(context, tables)
    const rows = policies.map(([policy_name, data_type, retention_days, deletion_strategy]) => ({
      policy_name,
      data_type,
      retention_days,
      deletion_strategy,
    }))
    await context.db.insertInto('data_retention_policies').values(rows).execute()
  },
  down: ({ db }) => dropTables(db, tables),
})
