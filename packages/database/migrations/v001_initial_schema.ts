import { defineMigration } from '@fossawork/migrate'
import { sql } from 'kysely'
import {
  boolean,
  createTables,
  datetime,
  dropTables,
  float,
  identity,
  integer,
  json,
  table,
  text,
  varchar,
} from '../src/columns.ts'

const id = identity
const textId = varchar().primaryKey()
const now = datetime.defaultTo(sql`(CURRENT_TIMESTAMP)`)
const user = varchar(32).references('users.id')
// some of the original's references to users have no length
const anyUser = varchar().references('users.id')

// biome-ignore format: columns share lines, so that a table fits the eye
const tables = [
  table('users', {
    id: varchar(32).primaryKey(), email: varchar(255).notNull(), password_hash: text,
    label: varchar(255), friendly_name: varchar(100), configured_email: varchar(255),
    last_used: now, created_at: now, updated_at: now, notification_settings: json,
    preferences_json: json,
  }, {
    uniqueIndexes: { ix_users_email: ['email'] },
  }),
  table('global_settings', {
    id, setting_key: varchar(100).notNull(), setting_value: json, description: varchar(255),
    created_at: now, updated_at: now,
  }, {
    uniqueIndexes: { ix_global_settings_setting_key: ['setting_key'] },
  }),
  table('tutorial_data', {
    id, data_type: varchar(100).notNull(), data: json.notNull(), description: varchar(255),
    created_at: now, updated_at: now,
  }, {
    indexes: { ix_tutorial_data_data_type: ['data_type'] },
  }),
  table('filter_inventory', {
    id: textId, part_number: varchar().notNull(), description: varchar(), filter_type: varchar(),
    series: varchar(), quantity_on_hand: integer, quantity_allocated: integer,
    quantity_available: integer, reorder_point: integer, reorder_quantity: integer,
    max_stock: integer, filters_per_box: integer, boxes_on_hand: float, cost_per_filter: float,
    cost_per_box: float, last_cost_update: datetime, last_updated: datetime,
    last_reorder_date: datetime, last_inventory_check: datetime,
  }, {
    uniqueIndexes: { ix_filter_inventory_part_number: ['part_number'] },
  }),
  table('filter_usage_patterns', {
    id: textId, part_number: varchar().notNull(), period_type: varchar().notNull(),
    period_date: datetime.notNull(), quantity_used: integer, work_orders_count: integer,
    unique_stations: integer, station_breakdown: json, daily_breakdown: json,
    average_daily_usage: float, usage_trend: varchar(), seasonality_factor: float,
    days_of_supply: float, suggested_reorder_date: datetime, calculated_at: datetime,
  }, {
    indexes: { ix_filter_usage_patterns_part_number: ['part_number'] },
  }),
  table('scraping_schedules', {
    id, user_id: varchar().notNull(), schedule_type: varchar().notNull(), interval_hours: float,
    active_hours: json, enabled: boolean, last_run: datetime, next_run: datetime,
    consecutive_failures: integer, config: json, created_at: datetime, updated_at: datetime,
  }, {
    indexes: { ix_scraping_schedules_id: ['id'], ix_scraping_schedules_user_id: ['user_id'] },
  }),
  table('scraping_history', {
    id, user_id: varchar().notNull(), schedule_type: varchar().notNull(),
    started_at: datetime.notNull(), completed_at: datetime, success: boolean,
    items_processed: integer, items_added: integer, items_updated: integer, items_failed: integer,
    error_message: text, error_details: json, duration_seconds: float, memory_usage_mb: float,
    run_metadata: json, trigger_type: varchar(),
  }, {
    indexes: { ix_scraping_history_user_id: ['user_id'], ix_scraping_history_id: ['id'] },
  }),
  table('scraping_statistics', {
    id, user_id: varchar().notNull(), schedule_type: varchar().notNull(), total_runs: integer,
    successful_runs: integer, failed_runs: integer, total_items_processed: integer,
    total_items_added: integer, total_items_updated: integer, avg_duration_seconds: float,
    avg_items_per_run: float, first_run: datetime, last_successful_run: datetime,
    last_failed_run: datetime, updated_at: datetime,
  }, {
    indexes: { ix_scraping_statistics_user_id: ['user_id'], ix_scraping_statistics_id: ['id'] },
  }),
  table('work_orders', {
    id: textId, user_id: anyUser.notNull(), external_id: varchar(100),
    site_name: varchar(200).notNull(), address: text, scheduled_date: datetime, status: varchar(50),
    work_type: varchar(100), notes: text, scraped_data: json, store_number: varchar(50),
    service_code: varchar(20), service_description: text, visit_id: varchar(100), visit_url: text,
    visit_number: varchar(50), instructions: text, service_name: varchar(200), service_items: json,
    street: varchar(500), city_state: varchar(200), county: varchar(100), created_date: datetime,
    created_by: varchar(200), customer_url: text, last_synced_at: datetime,
    sync_status: varchar(50), sync_error_message: text, sync_retry_count: integer,
    sync_session_id: varchar(), created_at: now, updated_at: now,
  }),
  table('user_sessions', {
    id, user_id: user.notNull().unique(), is_active: boolean.notNull(), session_data: json,
    created_at: now, updated_at: now,
  }, {
    indexes: { idx_user_sessions_active: ['is_active'] },
  }),
  table('user_preferences', {
    id, user_id: user.notNull(), category: varchar(50).notNull(), settings: json.notNull(),
    created_at: now, updated_at: now,
  }, {
    unique: { unique_user_category: ['user_id', 'category'] },
    indexes: {
      ix_user_preferences_user_id: ['user_id'],
      idx_user_preferences_category: ['user_id', 'category'],
    },
  }),
  table('user_activities', {
    id, user_id: user.notNull(), username: varchar(255).notNull(),
    activity_type: varchar(100).notNull(), details: json, created_at: now,
  }, {
    indexes: {
      idx_user_activities_type_time: ['user_id', 'activity_type', 'created_at'],
      ix_user_activities_created_at: ['created_at'],
      ix_user_activities_activity_type: ['activity_type'], ix_user_activities_user_id: ['user_id'],
    },
  }),
  table('user_dispenser_data', {
    id, user_id: user.notNull(), work_order_id: varchar(100).notNull(), visit_id: varchar(100),
    dispenser_data: json.notNull(), meta_data: json, created_at: now, updated_at: now,
  }, {
    unique: { unique_user_work_order: ['user_id', 'work_order_id'] },
    indexes: {
      idx_user_dispenser_work_order: ['user_id', 'work_order_id'],
      ix_user_dispenser_data_work_order_id: ['work_order_id'],
      ix_user_dispenser_data_user_id: ['user_id'],
    },
  }),
  table('user_scraped_content', {
    id, user_id: user.notNull(), content_type: varchar(100).notNull(), content: json.notNull(),
    source_url: text, checksum: varchar(64), created_at: now,
  }, {
    indexes: {
      ix_user_scraped_content_created_at: ['created_at'],
      idx_user_scraped_content_type: ['user_id', 'content_type', 'created_at'],
      ix_user_scraped_content_user_id: ['user_id'],
    },
  }),
  table('prover_settings', {
    id, user_id: user.notNull(), prover_id: varchar(100).notNull(), serial: varchar(100),
    make: varchar(255), preferred_fuel_type: varchar(255), preferred_fuel_types: json,
    priority: integer, full_text: text, work_week_preference: json, created_at: now,
    updated_at: now,
  }, {
    unique: { unique_user_prover: ['user_id', 'prover_id'] },
    indexes: {
      idx_prover_settings_priority: ['user_id', 'priority'],
      ix_prover_settings_user_id: ['user_id'],
    },
  }),
  table('user_completed_jobs', {
    id, user_id: user.notNull(), job_id: varchar(100).notNull(), work_order_id: varchar(100),
    completion_date: datetime, job_data: json, removal_reason: varchar(255), created_at: now,
  }, {
    unique: { unique_user_job: ['user_id', 'job_id'] },
    indexes: {
      ix_user_completed_jobs_job_id: ['job_id'],
      idx_user_completed_jobs_date: ['user_id', 'completion_date'],
      ix_user_completed_jobs_user_id: ['user_id'],
    },
  }),
  table('user_schedule_changes', {
    id, user_id: user.notNull(), change_type: varchar(100).notNull(), change_data: json.notNull(),
    change_text: text, detected_at: now, notified: boolean,
  }, {
    indexes: {
      ix_user_schedule_changes_user_id: ['user_id'],
      idx_user_schedule_changes_type: ['user_id', 'change_type', 'detected_at'],
      idx_user_schedule_changes_notified: ['user_id', 'notified'],
    },
  }),
  table('user_batch_history', {
    id, user_id: user.notNull(), batch_id: varchar(100).notNull(),
    batch_type: varchar(100).notNull(), work_orders: json, results: json, started_at: datetime,
    completed_at: datetime, status: varchar(50),
  }, {
    indexes: {
      ix_user_batch_history_batch_id: ['batch_id'],
      idx_user_batch_history_status: ['user_id', 'status', 'started_at'],
      ix_user_batch_history_user_id: ['user_id'],
    },
  }),
  table('user_change_history', {
    id, user_id: user.notNull(), change_id: varchar(100).notNull(),
    entity_type: varchar(100).notNull(), entity_id: varchar(100), before_data: json,
    after_data: json, change_reason: varchar(255), changed_by: varchar(255), created_at: now,
  }, {
    indexes: {
      ix_user_change_history_change_id: ['change_id'], ix_user_change_history_user_id: ['user_id'],
      idx_user_change_history_entity: ['user_id', 'entity_type', 'created_at'],
    },
  }),
  table('user_credentials', {
    id, user_id: user.notNull(), service_name: varchar(50).notNull(),
    encrypted_username: text.notNull(), encrypted_password: text.notNull(), is_active: boolean,
    is_verified: boolean, last_verified: datetime, created_at: now, updated_at: now,
  }, {
    unique: { unique_user_service: ['user_id', 'service_name'] },
    indexes: {
      idx_user_credentials_service: ['user_id', 'service_name'],
      ix_user_credentials_user_id: ['user_id'],
    },
  }),
  table('filter_inventory_transactions', {
    id: textId, part_number: varchar().notNull().references('filter_inventory.part_number'),
    transaction_type: varchar().notNull(), quantity: integer.notNull(), reference_type: varchar(),
    reference_id: varchar(), notes: text, quantity_before: integer, quantity_after: integer,
    user_id: anyUser, created_at: datetime, work_order_id: varchar(), station_name: varchar(),
    visit_date: datetime, unit_cost: float, total_cost: float,
  }),
  table('filter_allocations', {
    id: textId, part_number: varchar().notNull().references('filter_inventory.part_number'),
    work_order_id: varchar().notNull(), quantity: integer.notNull(), allocation_date: datetime,
    expected_use_date: datetime, status: varchar(), station_name: varchar(), fuel_grade: varchar(),
    allocated_by: anyUser, used_by: anyUser, cancelled_by: anyUser, used_at: datetime,
    cancelled_at: datetime, expires_at: datetime,
  }),
  table('filter_reorder_history', {
    id: textId, order_number: varchar().unique(), supplier_name: varchar(), order_date: datetime,
    expected_delivery: datetime, actual_delivery: datetime, status: varchar(), items: json,
    subtotal: float, tax: float, shipping: float, total_cost: float, tracking_number: varchar(),
    notes: text, ordered_by: anyUser, received_by: anyUser, created_at: datetime,
    updated_at: datetime,
  }),
  table('filter_inventory_alerts', {
    id: textId, alert_type: varchar().notNull(), severity: integer, part_number: varchar(),
    message: text.notNull(), details: json, status: varchar(), acknowledged_by: anyUser,
    resolved_by: anyUser, created_at: datetime, acknowledged_at: datetime,
    resolved_at: datetime, expires_at: datetime, action_taken: text, related_order_id: varchar(),
  }, {
    indexes: { ix_filter_inventory_alerts_part_number: ['part_number'] },
  }),
  table('dispensers', {
    id: textId, work_order_id: varchar().notNull().references('work_orders.id'),
    dispenser_number: varchar(20).notNull(), dispenser_type: varchar(100), fuel_grades: json,
    status: varchar(50), progress_percentage: float, form_data: json, automation_completed: boolean,
    testing_requirements: json, make: varchar(100), model: varchar(100),
    serial_number: varchar(100), meter_type: varchar(100), number_of_nozzles: varchar(20),
    created_at: now, updated_at: now,
  }),
  table('automation_jobs', {
    id: textId, user_id: anyUser.notNull(),
    work_order_id: varchar().references('work_orders.id'), job_type: varchar(50).notNull(),
    status: varchar(20), progress: integer, total_items: integer, current_item: integer,
    error_message: text, job_config: json, started_at: datetime, completed_at: datetime,
    created_at: now,
  }),
]

export default defineMigration({
  description: 'Initial database schema with the core tables',
  dependsOn: [],
  up: (context) => createTables(context, tables),
  down: ({ db }) => dropTables(db, tables),
})
