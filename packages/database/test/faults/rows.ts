export const ANA = '5d41402abc4b2a76b9719d911017c592'
export const BEN = '7d793037a0760186574b0282f2f435e7'

export const BENS_ROW = `INSERT INTO users (id, email, label, last_used, created_at, updated_at) VALUES
  ('${BEN}', 'ben@example.com', 'Ben', '2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05.000Z')`

/** Rows of two users besides those that were imported. */
export const SOUND_ROWS: readonly string[] = [
  `INSERT INTO users (id, email, label) VALUES ('${ANA}', 'ana@example.com', 'Ana')`,
  BENS_ROW,
  `INSERT INTO work_orders (id, user_id, external_id, site_name, status) VALUES
    ('wo-1', '${ANA}', 'W-1', 'Fuel stop 1', 'open'), ('wo-2', '${ANA}', 'W-2', 'Fuel stop 2', 'done'),
    ('wo-3', '${BEN}', 'W-3', 'Fuel stop 3', 'open')`,
  `INSERT INTO dispensers (id, work_order_id, dispenser_number) VALUES
    ('d-1', 'wo-1', '1/2'), ('d-2', 'wo-1', '3/4'), ('d-3', 'wo-3', '1/2'), ('d-4', 'wo-3', '3/4')`,
  `INSERT INTO automation_jobs (id, user_id, work_order_id, job_type, progress) VALUES
    ('job-1', '${ANA}', 'wo-1', 'form', 10), ('job-2', '${BEN}', 'wo-3', 'form', 20)`,
  `INSERT INTO user_preferences (id, user_id, category, settings) VALUES
    (9001, '${ANA}', 'views', '{"columns": ["store"]}'), (9002, '${BEN}', 'views', '{}')`,
  `INSERT INTO user_sessions (id, user_id, is_active) VALUES (9001, '${ANA}', false), (9002, '${BEN}', false)`,
  `INSERT INTO filter_inventory (id, part_number) VALUES ('f-1', '400MB')`,
  `INSERT INTO filter_allocations (id, part_number, work_order_id, quantity, allocated_by) VALUES
    ('a-1', '400MB', 'wo-1', 2, '${ANA}'), ('a-2', '400MB', 'wo-3', 1, '${BEN}')`,
  `INSERT INTO scraping_schedules (id, user_id, schedule_type) VALUES (9001, '${ANA}', 'daily')`,
  `INSERT INTO scraping_history (id, user_id, schedule_type, started_at) VALUES (9001, '${ANA}', 'daily', '2026-01-02T03:04:05.000Z')`,
  `INSERT INTO scraping_statistics (id, user_id, schedule_type) VALUES (9001, '${ANA}', 'daily')`,
  `INSERT INTO security_events (id, event_type, severity, user_id, metadata_json) VALUES (9001, 'login', 'low', '${BEN}', '{}')`,
  `INSERT INTO session_tokens (id, user_id, token_hash, expires_at) VALUES (9001, '${ANA}', 'f0e1', '2026-02-03T04:05:06.000Z')`,
  `INSERT INTO audit_trail (id, audit_id, table_name, action, after_json) VALUES (9001, 'by-hand', 'users', 'update', '{}')`,
]
