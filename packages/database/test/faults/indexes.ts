import type { Fault } from './fault.ts'

const index = (
  name: string,
  [table, index]: readonly [string, string],
  inject: readonly string[],
  more: Partial<Fault> = {},
): Fault => ({
  name,
  category: 'indexes',
  code: 'INDEX_DIFFERS',
  place: `index ${table}.${index}`,
  inject,
  ...more,
})

const missing = (table: string, name: string): Fault =>
  index(`the index ${name} is gone`, [table, name], [`DROP INDEX ${name}`], {
    code: 'INDEX_MISSING',
    mends: true,
  })

const changed = (what: string, table: string, name: string, create: string): Fault =>
  index(what, [table, name], [`DROP INDEX ${name}`, create.replace('INDEX', `INDEX ${name}`)])

/** Indexes that are gone, of no use or not as the migrations make them. */
export const INDEX_FAULTS: readonly Fault[] = [
  missing('automation_jobs', 'idx_automation_jobs_created'),
  missing('users', 'idx_users_email_lower'),
  missing('users', 'ix_users_email'),
  { ...missing('work_orders', 'idx_work_orders_search'), on: 'postgres' },
  changed(
    'an index is of another column',
    'work_orders',
    'idx_work_orders_store',
    'CREATE INDEX ON work_orders (service_code)',
  ),
  changed(
    'an index has its columns in another order',
    'work_orders',
    'idx_work_orders_user_status',
    'CREATE INDEX ON work_orders (status, user_id)',
  ),
  changed(
    'an index goes the other way',
    'user_activities',
    'idx_user_activities_created_desc',
    'CREATE INDEX ON user_activities (created_at)',
  ),
  changed(
    'an index is of the column and not of its small letters',
    'users',
    'idx_users_email_lower',
    'CREATE INDEX ON users (email)',
  ),
  changed(
    'an index is not unique any more',
    'users',
    'ix_users_email',
    'CREATE INDEX ON users (email)',
  ),
  changed(
    'an index is unique',
    'work_orders',
    'idx_work_orders_visit',
    'CREATE UNIQUE INDEX ON work_orders (visit_number)',
  ),
  changed(
    'an index has some of the rows only',
    'dispensers',
    'idx_dispensers_status',
    "CREATE INDEX ON dispensers (status) WHERE status = 'open'",
  ),
  index(
    'an index is there that no migration made',
    ['dispensers', 'idx_dispensers_make'],
    ['CREATE INDEX idx_dispensers_make ON dispensers (make)'],
  ),
  index(
    'a unique index is there that no migration made',
    ['user_batch_history', 'idx_batches'],
    ['CREATE UNIQUE INDEX idx_batches ON user_batch_history (user_id, batch_id)'],
  ),
  index(
    'an index of another kind has its name',
    ['work_orders', 'idx_work_orders_service'],
    [
      'DROP INDEX idx_work_orders_service',
      'CREATE INDEX idx_work_orders_service ON work_orders USING hash (service_code)',
    ],
    { on: 'postgres' },
  ),
  index(
    'the build of an index was broken off',
    ['work_orders', 'idx_work_orders_scheduled'],
    [
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_work_orders_scheduled'::regclass",
    ],
    { on: 'postgres', code: 'INDEX_INVALID', mends: true },
  ),
]
