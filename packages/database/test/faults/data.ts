import type { Fault } from './fault.ts'
import { ANA, BEN } from './rows.ts'

const data = (
  name: string,
  code: Fault['code'],
  place: string,
  inject: Fault['inject'],
  more: Partial<Fault> = {},
): Fault => ({ name, category: 'data', code, place, inject, rows: 1, ...more })

const ON_SQLITE = { on: 'sqlite' } as const

const ofConvention = (table: string): Fault =>
  data(
    `a row of ${table} names a user that is not there`,
    'ORPHANS',
    `${table}.user_id -> users`,
    [`UPDATE ${table} SET user_id = 'nobody' WHERE id = 9001`],
    { mends: true },
  )

const set = (table: string, column: string, value: string, id: string | number): string[] => [
  `UPDATE ${table} SET ${column} = ${value} WHERE id = ${typeof id === 'number' ? id : `'${id}'`}`,
]

/** What PostgreSQL would refuse, and SQLite keeps. */
const MISTYPED: readonly Fault[] = [
  data(
    'a JSON column holds none',
    'JSON_INVALID',
    'user_preferences.settings',
    set('user_preferences', 'settings', `'{"columns": ['`, 9001),
    ON_SQLITE,
  ),
  data(
    'a time is no date',
    'DATE_INVALID',
    'dispensers.created_at',
    set('dispensers', 'created_at', "'yesterday'", 'd-1'),
    ON_SQLITE,
  ),
  data(
    'a time is a day that no month has',
    'DATE_INVALID',
    'work_orders.scheduled_date',
    set('work_orders', 'scheduled_date', "'2026-02-30'", 'wo-1'),
    ON_SQLITE,
  ),
  data(
    'a boolean is neither',
    'VALUE_MISTYPED',
    'user_credentials.is_verified',
    [
      "UPDATE user_credentials SET is_verified = 'maybe' WHERE id = (SELECT min(id) FROM user_credentials)",
    ],
    ON_SQLITE,
  ),
  data(
    'a number is a word',
    'VALUE_MISTYPED',
    'automation_jobs.progress',
    set('automation_jobs', 'progress', "'half'", 'job-1'),
    ON_SQLITE,
  ),
  data(
    'a text is bytes',
    'VALUE_MISTYPED',
    'work_orders.address',
    set('work_orders', 'address', "x'00ff'", 'wo-1'),
    ON_SQLITE,
  ),
  data(
    'a text is longer than its column',
    'VALUE_TOO_LONG',
    'dispensers.dispenser_number',
    set('dispensers', 'dispenser_number', "'123456789 123456789 1'", 'd-1'),
    ON_SQLITE,
  ),
]

/** Rows that say what cannot be. */
export const DATA_FAULTS: readonly Fault[] = [
  ...['scraping_schedules', 'scraping_history'].map(ofConvention),
  data('a user has no e-mail', 'VALUE_MISSING', 'users.email', set('users', 'email', "''", BEN)),
  data(
    'work orders have no site',
    'VALUE_MISSING',
    'work_orders.site_name',
    [`UPDATE work_orders SET site_name = '' WHERE user_id = '${ANA}'`],
    { rows: 2 },
  ),
  data(
    'a text that should be JSON is none',
    'JSON_INVALID',
    'security_events.metadata_json',
    set('security_events', 'metadata_json', "'{'", 9001),
  ),
  data('an import has a state of its own', 'VALUE_UNKNOWN', 'v1_imports.status', [
    "UPDATE v1_imports SET status = 'lost'",
  ]),
  data(
    'an appointment is two hundred years ago',
    'DATE_INVALID',
    'work_orders.scheduled_date',
    set('work_orders', 'scheduled_date', "'1825-01-01'", 'wo-1'),
  ),
  data(
    'a user was made in the future',
    'DATE_INVALID',
    'users.created_at',
    set('users', 'created_at', "'2999-01-01'", BEN),
  ),
  data(
    'several sessions are active',
    'SEVERAL_ACTIVE',
    'user_sessions.is_active',
    ['UPDATE user_sessions SET is_active = true'],
    { rows: 3 },
  ),
  data('a row that was imported is gone', 'IMPORT_DIFFERS', 'tutorial_data', [
    'DELETE FROM tutorial_data WHERE id = (SELECT min(id) FROM tutorial_data)',
  ]),
  data('a file of an import does not add up', 'IMPORT_DIFFERS', 'v1_import_files', [
    'UPDATE v1_import_files SET "read" = "read" + 1 WHERE id = 1',
  ]),
  data('an import does not add up', 'IMPORT_DIFFERS', 'v1_imports', [
    'UPDATE v1_imports SET imported = imported - 1',
  ]),
  data(
    "a job stands under another user's work order",
    'ORPHANS',
    'automation_jobs.work_order_id -> work_orders',
    set('automation_jobs', 'work_order_id', "'wo-1'", 'job-2'),
  ),
  data(
    "a dispenser of V1 stands under another user's work order",
    'ORPHANS',
    'dispensers.work_order_id -> work_orders',
    [
      `UPDATE dispensers SET work_order_id = 'wo-1'
        WHERE id = (SELECT min(id) FROM dispensers WHERE id LIKE '________________________________-%/%')`,
    ],
  ),
  ...MISTYPED,
]
