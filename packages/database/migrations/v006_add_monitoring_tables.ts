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
  table('system_metrics', {
    id, metric_name: varchar(100).notNull(), metric_type: varchar(50).notNull(),
    value: float.notNull(), unit: varchar(20), tags: text, source: varchar(100),
    environment: varchar(50), timestamp: now, metadata_json: text,
  }, {
    indexes: {
      idx_system_metrics_name_time: ['metric_name', 'timestamp'],
      idx_system_metrics_timestamp: ['timestamp'], idx_system_metrics_name: ['metric_name'],
    },
  }),
  table('health_checks', {
    id, service_name: varchar(100).notNull(), check_type: varchar(50).notNull(),
    status: varchar(20).notNull(), response_time_ms: integer, details: text,
    last_healthy_at: timestamp, consecutive_failures: integer.defaultTo(0), checked_at: now,
  }, {
    indexes: { idx_health_checks_status: ['status'], idx_health_checks_service: ['service_name'] },
  }),
  table('error_tracking', {
    id, error_id: varchar(100).notNull(), error_type: varchar(100).notNull(),
    error_message: text.notNull(), stack_trace: text, user_id: user, session_id: varchar(100),
    request_id: varchar(100), endpoint: varchar(255), user_agent: text, ip_address: varchar(45),
    severity: varchar(20), frequency: integer.defaultTo(1), first_seen: now, last_seen: now,
    resolved: boolean.defaultTo(false), resolved_at: timestamp, resolution_notes: text,
    metadata_json: text,
  }, {
    indexes: {
      idx_error_tracking_unresolved: ['resolved', 'last_seen'],
      idx_error_tracking_user: ['user_id'], idx_error_tracking_type: ['error_type'],
    },
  }),
  table('performance_logs', {
    id, operation_type: varchar(100).notNull(), operation_name: varchar(255).notNull(),
    duration_ms: integer.notNull(), success: boolean.notNull(), user_id: user,
    endpoint: varchar(255), method: varchar(10), status_code: integer, request_size: integer,
    response_size: integer, database_queries: integer, database_time_ms: integer,
    external_api_calls: integer, external_api_time_ms: integer, memory_used_mb: float,
    cpu_percent: float, created_at: now, metadata_json: text,
  }, {
    indexes: {
      idx_performance_logs_user_time: ['user_id', 'created_at'],
      idx_performance_logs_created: ['created_at'], idx_performance_logs_duration: ['duration_ms'],
      idx_performance_logs_operation: ['operation_type'],
    },
  }),
  table('uptime_monitoring', {
    id, service_name: varchar(100).notNull(), status: varchar(20).notNull(),
    uptime_seconds: integer, downtime_seconds: integer, availability_percent: float,
    last_downtime: timestamp, downtime_reason: text, checked_at: now,
  }),
  table('resource_usage', {
    id, resource_type: varchar(50).notNull(), resource_name: varchar(100),
    usage_value: float.notNull(), usage_percent: float, limit_value: float, unit: varchar(20),
    warning_threshold: float, critical_threshold: float, alert_sent: boolean.defaultTo(false),
    measured_at: now,
  }, {
    indexes: { idx_resource_usage_type: ['resource_type'] },
  }),
  table('alert_history', {
    id, alert_type: varchar(100).notNull(), severity: varchar(20).notNull(),
    title: varchar(255).notNull(), message: text, source: varchar(100), metric_value: float,
    threshold_value: float, recipients: text, sent_via: text,
    acknowledged: boolean.defaultTo(false), acknowledged_by: varchar(255),
    acknowledged_at: timestamp, resolved: boolean.defaultTo(false), resolved_at: timestamp,
    created_at: now, metadata_json: text,
  }, {
    indexes: {
      idx_alert_history_unresolved: ['resolved', 'created_at'],
      idx_alert_history_severity: ['severity'], idx_alert_history_type: ['alert_type'],
    },
  }),
  table('background_jobs', {
    id, job_id: varchar(100).notNull().unique(), job_type: varchar(100).notNull(),
    status: varchar(50).notNull(), progress: integer, total_items: integer, started_at: timestamp,
    completed_at: timestamp, next_retry_at: timestamp, retry_count: integer.defaultTo(0),
    max_retries: integer.defaultTo(3), error_message: text, result_data: text,
    created_by: varchar(32), created_at: now, metadata_json: text,
  }, {
    indexes: { idx_background_jobs_type: ['job_type'], idx_background_jobs_status: ['status'] },
  }),
  table('database_stats', {
    id, table_name: varchar(100).notNull(), row_count: integer, size_bytes: bigint,
    index_count: integer, last_vacuum: timestamp, last_analyze: timestamp,
    fragmentation_percent: float, collected_at: now,
  }),
  table('api_endpoint_stats', {
    id, endpoint: varchar(255).notNull(), method: varchar(10).notNull(),
    total_calls: integer.defaultTo(0), successful_calls: integer.defaultTo(0),
    failed_calls: integer.defaultTo(0), avg_response_time_ms: float, p95_response_time_ms: float,
    p99_response_time_ms: float, last_called: timestamp, period_start: timestamp,
    period_end: timestamp,
  }, {
    indexes: { idx_api_endpoint_stats_endpoint: ['endpoint', 'method'] },
  }),
]

export default defineMigration({
  description: 'System monitoring and metrics',
  dependsOn: ['v001_initial_schema'],
  up: (context) => createTables(context, tables),
  down: ({ db }) => dropTables(db, tables),
})
