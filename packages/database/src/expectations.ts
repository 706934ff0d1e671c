import type { Expectation } from '@fossawork/migrate'
import { RATE_LIMIT_RULES, RETENTION_POLICIES } from './seeded-rows.ts'

/*
 * Not expected, since a sound database may lack it:
 * - that `user_dispenser_data` and `user_completed_jobs` name a work order: V1 keeps dispensers of orders that it no
 *   longer has, and a completed job leaves the list of work orders. An import keeps both.
 * - that `work_order_id` and `part_number` of the filter tables, or `background_jobs.created_by`, name a row: nothing
 *   says which of several names the application writes there.
 * - values of `status` and `severity` columns: V1's and V2's own words, of which there is no list.
 */

const ofUser = (table: string): Expectation => ({
  kind: 'relation',
  table,
  columns: ['user_id'],
  references: 'users',
  referencesColumns: ['id'],
})

const required = (table: string, ...columns: string[]): Expectation => ({
  kind: 'required',
  table,
  columns,
})

const json = (table: string, ...columns: string[]): Expectation => ({
  kind: 'json',
  table,
  columns: columns.length > 0 ? columns : ['metadata_json'],
})

const CENTURY = 36_525
const DECADE = 3_653

/** Written by V1, or by people: of appointments and of what was long ago. */
const told = (table: string, ...columns: string[]): Expectation => ({
  kind: 'dates',
  table,
  columns,
  from: '1900-01-01',
  days: CENTURY,
})

/** Written by the application's own clock, which may go ahead of this one by a day. */
const past = (table: string, ...columns: string[]): Expectation => ({
  kind: 'dates',
  table,
  columns,
  from: '2000-01-01',
  days: 1,
})

/** Ends that the application sets. */
const ends = (table: string, ...columns: string[]): Expectation => ({
  kind: 'dates',
  table,
  columns,
  from: '2000-01-01',
  days: DECADE,
})

/** What must hold of FossaWork's data beyond what its schema says. */
export const EXPECTATIONS: readonly Expectation[] = [
  // user ids that no foreign key declares
  ofUser('scraping_schedules'),
  ofUser('scraping_history'),
  ofUser('scraping_statistics'),

  required('users', 'id', 'email'),
  required('work_orders', 'id', 'user_id', 'site_name'),
  required('dispensers', 'id', 'work_order_id', 'dispenser_number'),
  required('automation_jobs', 'id', 'user_id', 'job_type'),
  required('user_preferences', 'user_id', 'category', 'settings'),
  required(
    'user_credentials',
    'user_id',
    'service_name',
    'encrypted_username',
    'encrypted_password',
  ),
  required('user_activities', 'user_id', 'username', 'activity_type'),
  required('user_dispenser_data', 'user_id', 'work_order_id', 'dispenser_data'),
  required('user_completed_jobs', 'user_id', 'job_id'),
  required('user_batch_history', 'user_id', 'batch_id', 'batch_type'),
  required('user_change_history', 'user_id', 'change_id', 'entity_type'),
  required('prover_settings', 'user_id', 'prover_id'),
  required('filter_inventory', 'id', 'part_number'),
  required('session_tokens', 'user_id', 'token_hash'),
  required('rate_limit_rules', 'name'),
  required('data_retention_policies', 'policy_name', 'data_type'),
  required('audit_trail', 'audit_id', 'table_name', 'action'),

  json('audit_trail', 'changes_json', 'before_json', 'after_json'),
  json('security_events'),
  json('suspicious_activities'),
  json('rate_limit_violations'),
  json('throttle_events'),
  json('compliance_logs'),
  json('privacy_requests'),
  json('system_metrics'),
  json('error_tracking'),
  json('performance_logs'),
  json('alert_history'),
  json('background_jobs'),

  {
    kind: 'values',
    table: 'v1_imports',
    column: 'status',
    values: ['running', 'done', 'abandoned'],
  },
  {
    kind: 'values',
    table: 'v1_import_records',
    column: 'outcome',
    values: ['imported', 'merged', 'unchanged', 'conflict', 'quarantined'],
  },

  told('users', 'last_used'),
  told('work_orders', 'scheduled_date'),
  told('user_activities', 'created_at'),
  told('user_completed_jobs', 'completion_date'),
  told('user_batch_history', 'started_at', 'completed_at'),
  told('user_change_history', 'created_at'),
  told('user_schedule_changes', 'detected_at'),
  past('users', 'created_at', 'updated_at'),
  past('work_orders', 'created_at', 'updated_at'),
  past('dispensers', 'created_at', 'updated_at'),
  past('automation_jobs', 'started_at', 'completed_at', 'created_at'),
  past('user_credentials', 'last_verified', 'created_at', 'updated_at'),
  past('scraping_history', 'started_at', 'completed_at'),
  past('security_events', 'created_at'),
  past('failed_login_attempts', 'created_at', 'last_attempt_at'),
  past('api_access_logs', 'created_at'),
  past('data_access_audit', 'created_at'),
  past('audit_trail', 'created_at'),
  past('system_metrics', 'timestamp'),
  past('error_tracking', 'first_seen', 'last_seen'),
  past('performance_logs', 'created_at'),
  ends('session_tokens', 'expires_at'),
  ends('failed_login_attempts', 'locked_until'),
  ends('rate_limit_violations', 'blocked_until'),

  { kind: 'single', table: 'user_sessions', column: 'is_active' },

  RATE_LIMIT_RULES,
  RETENTION_POLICIES,
]
