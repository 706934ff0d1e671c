/** What a column of a target holds; lengths in characters, as PostgreSQL counts them. */
export type ColumnKind =
  | { readonly kind: 'text'; readonly length?: number; readonly required?: true }
  | {
      readonly kind: 'integer' | 'float' | 'boolean' | 'datetime' | 'json'
      readonly required?: true
    }
  /** Sealed before it is stored. */
  | { readonly kind: 'sealed'; readonly required?: true }
  /** A password, of which only a hash is stored. */
  | { readonly kind: 'password' }

/** A table that V1's records go to. */
export interface Target {
  readonly name: string
  /** 'text': the row's `id` is made from user and identity; 'number': the database numbers its rows. */
  readonly id: 'text' | 'number'
  /** Columns that find a row which V2 made itself; null where nothing but the number tells rows apart. */
  readonly key: readonly string[] | null
  /** What the same identity a second time is: the same thing again, or another row. */
  readonly repeats: 'merge' | 'row'
  /** Whether it has `updated_at`. */
  readonly isTimed: boolean
  /** Only those that the import writes, without a numbered `id`. */
  readonly columns: Readonly<Record<string, ColumnKind>>
}

const text = (length?: number): ColumnKind => ({ kind: 'text', ...(length && { length }) })
const needed = (length?: number): ColumnKind => ({ ...text(length), required: true }) as ColumnKind
const integer: ColumnKind = { kind: 'integer' }
const datetime: ColumnKind = { kind: 'datetime' }
const json: ColumnKind = { kind: 'json' }
const boolean: ColumnKind = { kind: 'boolean' }
const neededJson: ColumnKind = { kind: 'json', required: true }
const owner = needed(32)
// the schema sets no limit: an index of PostgreSQL takes 2,700 bytes, and a character has up to four
const workOrder = needed(200)
const dispenser = needed(250)

/** In an order in which a row comes after those that it refers to. A test holds it against the migrations. */
export const TARGETS = [
  {
    name: 'users',
    id: 'text',
    isTimed: true,
    key: ['id'],
    repeats: 'merge',
    columns: {
      id: owner,
      email: needed(255),
      password_hash: { kind: 'password' },
      label: text(255),
      friendly_name: text(100),
      configured_email: text(255),
      last_used: datetime,
      notification_settings: json,
      preferences_json: json,
    },
  },
  {
    name: 'global_settings',
    id: 'number',
    isTimed: true,
    key: ['setting_key'],
    repeats: 'merge',
    columns: { setting_key: needed(100), setting_value: json },
  },
  {
    name: 'user_sessions',
    id: 'number',
    isTimed: true,
    key: ['user_id'],
    repeats: 'merge',
    columns: { user_id: owner, is_active: { kind: 'boolean', required: true } },
  },
  {
    name: 'tutorial_data',
    id: 'number',
    isTimed: true,
    key: null,
    repeats: 'merge',
    columns: { data_type: needed(100), data: neededJson, description: text(255) },
  },
  {
    name: 'user_preferences',
    id: 'number',
    isTimed: true,
    key: ['user_id', 'category'],
    repeats: 'merge',
    columns: { user_id: owner, category: needed(50), settings: neededJson },
  },
  {
    name: 'user_credentials',
    id: 'number',
    isTimed: true,
    key: ['user_id', 'service_name'],
    repeats: 'merge',
    columns: {
      user_id: owner,
      service_name: needed(50),
      encrypted_username: { kind: 'sealed', required: true },
      encrypted_password: { kind: 'sealed', required: true },
      is_active: boolean,
    },
  },
  {
    name: 'prover_settings',
    id: 'number',
    isTimed: true,
    key: ['user_id', 'prover_id'],
    repeats: 'merge',
    columns: {
      user_id: owner,
      prover_id: needed(100),
      serial: text(100),
      make: text(255),
      preferred_fuel_type: text(255),
      preferred_fuel_types: json,
      priority: integer,
      full_text: text(),
      work_week_preference: json,
    },
  },
  {
    name: 'work_orders',
    id: 'text',
    isTimed: true,
    key: ['id'],
    repeats: 'merge',
    columns: {
      id: workOrder,
      user_id: owner,
      external_id: text(100),
      site_name: needed(200),
      address: text(),
      scheduled_date: datetime,
      status: text(50),
      work_type: text(100),
      notes: text(),
      scraped_data: json,
      store_number: text(50),
      service_code: text(20),
      service_description: text(),
      visit_id: text(100),
      visit_url: text(),
      visit_number: text(50),
      instructions: text(),
      service_name: text(200),
      service_items: json,
      street: text(500),
      city_state: text(200),
      county: text(100),
      customer_url: text(),
    },
  },
  {
    name: 'dispensers',
    id: 'text',
    isTimed: true,
    key: ['id'],
    repeats: 'merge',
    columns: {
      id: dispenser,
      work_order_id: workOrder,
      dispenser_number: needed(20),
      dispenser_type: text(100),
      fuel_grades: json,
      status: text(50),
      form_data: json,
      make: text(100),
      model: text(100),
      serial_number: text(100),
      meter_type: text(100),
      number_of_nozzles: text(20),
    },
  },
  {
    name: 'user_dispenser_data',
    id: 'number',
    isTimed: true,
    key: ['user_id', 'work_order_id'],
    repeats: 'merge',
    columns: {
      user_id: owner,
      work_order_id: needed(100),
      visit_id: text(100),
      dispenser_data: neededJson,
      meta_data: json,
    },
  },
  {
    name: 'user_scraped_content',
    id: 'number',
    isTimed: false,
    key: null,
    repeats: 'merge',
    columns: {
      user_id: owner,
      content_type: needed(100),
      content: neededJson,
      checksum: text(64),
    },
  },
  {
    name: 'user_activities',
    id: 'number',
    isTimed: false,
    key: null,
    repeats: 'row',
    columns: {
      user_id: owner,
      username: needed(255),
      activity_type: needed(100),
      details: json,
      created_at: datetime,
    },
  },
  {
    name: 'user_completed_jobs',
    id: 'number',
    isTimed: false,
    key: ['user_id', 'job_id'],
    repeats: 'merge',
    columns: {
      user_id: owner,
      job_id: needed(100),
      work_order_id: text(100),
      completion_date: datetime,
      job_data: json,
      removal_reason: text(255),
    },
  },
  {
    name: 'user_batch_history',
    id: 'number',
    isTimed: false,
    key: null,
    repeats: 'row',
    columns: {
      user_id: owner,
      batch_id: needed(100),
      batch_type: needed(100),
      work_orders: json,
      results: json,
      started_at: datetime,
      completed_at: datetime,
      status: text(50),
    },
  },
  {
    name: 'user_change_history',
    id: 'number',
    isTimed: false,
    key: null,
    repeats: 'row',
    columns: {
      user_id: owner,
      change_id: needed(100),
      entity_type: needed(100),
      entity_id: text(100),
      before_data: json,
      after_data: json,
      change_reason: text(255),
      changed_by: text(255),
      created_at: datetime,
    },
  },
  {
    name: 'user_schedule_changes',
    id: 'number',
    isTimed: false,
    key: null,
    repeats: 'row',
    columns: {
      user_id: owner,
      change_type: needed(100),
      change_data: neededJson,
      change_text: text(),
      detected_at: datetime,
      notified: boolean,
    },
  },
] as const satisfies readonly Target[]

const byName: ReadonlyMap<string, Target> = new Map(TARGETS.map((target) => [target.name, target]))

/** Throws for a name that no mapping may give. */
export function targetOf(name: string): Target {
  const target = byName.get(name)
  if (!target) throw new Error(`There is no target ${name}`)
  return target
}
