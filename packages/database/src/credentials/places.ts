import type { JsonPlace } from './secret-fields.ts'

/** A column that holds secrets. */
export interface SecretPlace {
  readonly table: string
  readonly column: string
  /**
   * 'whole': one sealed text. 'json': the secrets inside are sealed, each by itself. 'hash': a password's hash, which is
   * not sealed; a password that stands there in clear is hashed.
   */
  readonly kind: 'whole' | 'json' | 'hash'
  /** A column of text that may hold JSON, or whatever else. */
  readonly free?: boolean
  /** The columns that make the row's key in the seal: natural ones, since numbers are given by the database. */
  readonly key: readonly string[]
  /** The column that says what the value is called: under a secret name, all of it is one, and under Pushover's its user. */
  readonly name?: string
}

type Listing = Pick<SecretPlace, 'kind' | 'free' | 'name'>

const places =
  (listing: Listing) =>
  (table: string, key: readonly string[], ...columns: readonly string[]): SecretPlace[] =>
    columns.map((column) => ({ table, column, key, ...listing }))

const whole = places({ kind: 'whole' })
const json = places({ kind: 'json' })
const free = places({ kind: 'json', free: true })

/**
 * Every column that holds secrets: those that are made for them, all of type JSON, and those of text that applications
 * write JSON into; those of the tables among them that a V1 import makes. Prose is none: notes, error messages. Where
 * rows have no natural key of their own, a seal binds to as much of one as there is. Tables that a database has not yet
 * are passed over.
 */
export const PLACES: readonly SecretPlace[] = [
  ...whole(
    'user_credentials',
    ['user_id', 'service_name'],
    'encrypted_username',
    'encrypted_password',
  ),
  ...places({ kind: 'hash' })('users', ['id'], 'password_hash'),
  ...json('users', ['id'], 'notification_settings', 'preferences_json'),
  ...places({ kind: 'json', name: 'category' })(
    'user_preferences',
    ['user_id', 'category'],
    'settings',
  ),
  ...json('user_sessions', ['user_id'], 'session_data'),
  ...places({ kind: 'json', name: 'setting_key' })(
    'global_settings',
    ['setting_key'],
    'setting_value',
  ),
  ...json('tutorial_data', ['data_type'], 'data'),
  ...json(
    'prover_settings',
    ['user_id', 'prover_id'],
    'preferred_fuel_types',
    'work_week_preference',
  ),
  ...json('work_orders', ['id'], 'scraped_data', 'service_items'),
  ...json('dispensers', ['id'], 'fuel_grades', 'form_data', 'testing_requirements'),
  ...json('automation_jobs', ['id'], 'job_config'),
  ...json('scraping_schedules', ['user_id', 'schedule_type'], 'active_hours', 'config'),
  ...json('scraping_history', ['user_id', 'schedule_type'], 'error_details', 'run_metadata'),
  ...json('filter_usage_patterns', ['id'], 'station_breakdown', 'daily_breakdown'),
  ...json('filter_reorder_history', ['id'], 'items'),
  ...json('filter_inventory_alerts', ['id'], 'details'),
  ...json('user_dispenser_data', ['user_id', 'work_order_id'], 'dispenser_data', 'meta_data'),
  ...json('user_scraped_content', ['user_id', 'content_type'], 'content'),
  ...json('user_activities', ['user_id', 'activity_type'], 'details'),
  ...json('user_completed_jobs', ['user_id', 'job_id'], 'job_data'),
  ...json('user_batch_history', ['user_id', 'batch_id'], 'work_orders', 'results'),
  ...json('user_change_history', ['user_id', 'change_id'], 'before_data', 'after_data'),
  ...json('user_schedule_changes', ['user_id', 'change_type'], 'change_data'),
  ...free(
    'security_events',
    ['user_id', 'event_type'],
    'request_data',
    'response_data',
    'metadata_json',
  ),
  ...free('api_access_logs', ['user_id', 'endpoint'], 'request_headers', 'request_body'),
  ...free('suspicious_activities', ['user_id', 'activity_type'], 'details', 'metadata_json'),
  ...free('data_access_audit', ['user_id', 'resource_type'], 'old_value', 'new_value'),
  ...free('rate_limit_violations', ['user_id', 'endpoint'], 'metadata_json'),
  ...free('throttle_events', ['user_id', 'event_type'], 'metadata_json'),
  ...free('audit_trail', ['audit_id'], 'changes_json', 'before_json', 'after_json', 'tags'),
  ...free('compliance_logs', ['user_id', 'compliance_type'], 'metadata_json'),
  ...free('privacy_requests', ['request_id'], 'data_exported', 'metadata_json'),
  ...places({ kind: 'json', free: true, name: 'config_key' })(
    'configuration_audit',
    ['config_key'],
    'old_value',
    'new_value',
    'rollback_value',
  ),
  ...free('export_audit', ['user_id', 'export_type'], 'filters_applied'),
  ...free('system_metrics', ['metric_name'], 'tags', 'metadata_json'),
  ...free('health_checks', ['service_name'], 'details'),
  ...free('error_tracking', ['error_id'], 'metadata_json'),
  ...free('performance_logs', ['operation_name'], 'metadata_json'),
  ...free('alert_history', ['alert_type'], 'recipients', 'sent_via', 'metadata_json'),
  ...free('background_jobs', ['job_id'], 'result_data', 'metadata_json'),
  ...whole('v1_import_records', ['user_id', 'target_table', 'identity'], 'content'),
  ...whole('v1_imports', ['id'], 'digest_key'),
]

/** Where a row's secret stands, or its JSON. `row` has the key's columns at least. */
export function placeIn(
  { table, column, key, name }: SecretPlace,
  row: Readonly<Record<string, unknown>>,
): JsonPlace {
  const values = key.map((part) => {
    const value = row[part]
    if (value === undefined) throw new Error(`A row of ${table} is without its ${part}`)
    return value === null ? '' : String(value)
  })
  return { table, column, row: joined(values), ...(name && { name: String(row[name]) }) }
}

/** Only the last one keeps its slashes: so many parts have one reading. */
const joined = (values: readonly string[]): string =>
  values
    .map((value, at) =>
      at < values.length - 1 ? value.replaceAll('~', '~0').replaceAll('/', '~1') : value,
    )
    .join('/')

const byColumn = new Map(
  PLACES.filter(({ kind }) => kind !== 'hash').map((place) => [
    `${place.table}.${place.column}`,
    place,
  ]),
)

/** Where a row's secret is sealed, or in its JSON; null for a column that holds no sealed one. */
export function placeOf(
  table: string,
  column: string,
  row: Readonly<Record<string, unknown>>,
): (JsonPlace & Pick<SecretPlace, 'kind'>) | null {
  const place = byColumn.get(`${table}.${column}`)
  return place ? { ...placeIn(place, row), kind: place.kind } : null
}
