import type { JsonPlace } from './secret-fields.ts'

/** A column that holds secrets. */
export interface SecretPlace {
  readonly table: string
  readonly column: string
  /** 'whole': one sealed text. 'json': the secrets inside are sealed, each by itself. */
  readonly kind: 'whole' | 'json'
  /** The columns that make the row's key in the seal: natural ones, since numbers are given by the database. */
  readonly key: readonly string[]
  /** The column that says what the JSON is called. */
  readonly name?: string
}

const whole = (table: string, key: readonly string[], ...columns: readonly string[]) =>
  columns.map((column): SecretPlace => ({ table, column, kind: 'whole', key }))

const json = (table: string, key: readonly string[], ...columns: readonly string[]) =>
  columns.map((column): SecretPlace => ({ table, column, kind: 'json', key }))

/**
 * Every column that holds secrets, those of the tables among them that a V1 import makes. Where rows have no natural key
 * of their own, a seal binds to as much of one as there is.
 */
export const PLACES: readonly SecretPlace[] = [
  ...whole(
    'user_credentials',
    ['user_id', 'service_name'],
    'encrypted_username',
    'encrypted_password',
  ),
  ...json('users', ['id'], 'notification_settings', 'preferences_json'),
  ...json('user_preferences', ['user_id', 'category'], 'settings'),
  ...json('global_settings', ['setting_key'], 'setting_value').map((place) => ({
    ...place,
    name: 'setting_key',
  })),
  ...json('tutorial_data', ['data_type'], 'data'),
  ...json(
    'prover_settings',
    ['user_id', 'prover_id'],
    'preferred_fuel_types',
    'work_week_preference',
  ),
  ...json('work_orders', ['id'], 'scraped_data', 'service_items'),
  ...json('dispensers', ['id'], 'fuel_grades', 'form_data'),
  ...json('user_dispenser_data', ['user_id', 'work_order_id'], 'dispenser_data', 'meta_data'),
  ...json('user_scraped_content', ['user_id', 'content_type'], 'content'),
  ...json('user_activities', ['user_id', 'activity_type'], 'details'),
  ...json('user_completed_jobs', ['user_id', 'job_id'], 'job_data'),
  ...json('user_batch_history', ['user_id', 'batch_id'], 'work_orders', 'results'),
  ...json('user_change_history', ['user_id', 'change_id'], 'before_data', 'after_data'),
  ...json('user_schedule_changes', ['user_id', 'change_type'], 'change_data'),
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

const byColumn = new Map(PLACES.map((place) => [`${place.table}.${place.column}`, place]))

/** Where a row's secret stands, or its JSON; null for a column that holds none. */
export function placeOf(
  table: string,
  column: string,
  row: Readonly<Record<string, unknown>>,
): (JsonPlace & Pick<SecretPlace, 'kind'>) | null {
  const place = byColumn.get(`${table}.${column}`)
  return place ? { ...placeIn(place, row), kind: place.kind } : null
}
