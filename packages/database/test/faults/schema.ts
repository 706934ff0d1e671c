import { each, type Fault, run } from './fault.ts'
import { remake } from './surgery.ts'

const schema = (name: string, place: string, inject: Fault['inject'], on?: Fault['on']): Fault => ({
  name,
  category: 'schema',
  code: 'SCHEMA_DIFFERS',
  place,
  inject,
  ...(on && { on }),
})

/** Tables, columns, keys and triggers that are not as the migrations make them. */
export const SCHEMA_FAULTS: readonly Fault[] = [
  schema('a table is gone', 'table api_endpoint_stats', ['DROP TABLE api_endpoint_stats']),
  ...['dispensers', 'user_credentials', 'audit_trail'].map((table) =>
    schema(`the table ${table} is gone, which other checks look at`, `table ${table}`, [
      `DROP TABLE ${table}`,
    ]),
  ),
  schema('a table has another name', 'table database_stats', [
    'ALTER TABLE database_stats RENAME TO stats_of_databases',
  ]),
  schema('a column is gone', 'column users.label', ['ALTER TABLE users DROP COLUMN label']),
  schema(
    'a column is gone, and its index with it',
    'column users.last_used',
    each({
      sqlite: run('DROP INDEX idx_users_last_used', 'ALTER TABLE users DROP COLUMN last_used'),
      postgres: run('ALTER TABLE users DROP COLUMN last_used'),
    }),
  ),
  schema('a column that must be filled was added', 'column work_orders.region', [
    "ALTER TABLE work_orders ADD COLUMN region VARCHAR(20) NOT NULL DEFAULT 'north'",
  ]),
  schema('a column that may be empty was added', 'column dispensers.colour', [
    'ALTER TABLE dispensers ADD COLUMN colour VARCHAR(20)',
  ]),
  schema('a column has another name', 'column error_tracking.frequency', [
    'ALTER TABLE error_tracking RENAME COLUMN frequency TO how_often',
  ]),
  schema('a column of a foreign key has another name', 'column automation_jobs.work_order_id', [
    'ALTER TABLE automation_jobs RENAME COLUMN work_order_id TO order_id',
  ]),
  schema('a column of indexes has another name', 'column dispensers.status', [
    'ALTER TABLE dispensers RENAME COLUMN status TO state',
  ]),
  schema(
    'a column has another type',
    'column users.friendly_name',
    each({
      sqlite: remake('users', '"friendly_name" VARCHAR(100)', '"friendly_name" VARCHAR(500)'),
      postgres: run('ALTER TABLE users ALTER COLUMN friendly_name TYPE varchar(500)'),
    }),
  ),
  schema(
    'a column may be empty',
    'column work_orders.site_name',
    each({
      sqlite: remake(
        'work_orders',
        '"site_name" VARCHAR(200) not null',
        '"site_name" VARCHAR(200)',
      ),
      postgres: run('ALTER TABLE work_orders ALTER COLUMN site_name DROP NOT NULL'),
    }),
  ),
  schema(
    'a column must be filled',
    'column health_checks.details',
    each({
      sqlite: remake('health_checks', '"details" TEXT', '"details" TEXT not null'),
      postgres: run('ALTER TABLE health_checks ALTER COLUMN details SET NOT NULL'),
    }),
  ),
  schema(
    'a default is another',
    'column failed_login_attempts.attempt_count',
    each({
      sqlite: remake('failed_login_attempts', 'default 1', 'default 5'),
      postgres: run('ALTER TABLE failed_login_attempts ALTER COLUMN attempt_count SET DEFAULT 5'),
    }),
  ),
  schema(
    'a primary key is gone',
    'primary_key uptime_monitoring.primary',
    each({
      sqlite: remake('uptime_monitoring', 'primary key autoincrement', ''),
      postgres: run('ALTER TABLE uptime_monitoring DROP CONSTRAINT uptime_monitoring_pkey'),
    }),
  ),
  schema(
    'a column numbers its rows no more',
    'column health_checks.id',
    ['ALTER TABLE health_checks ALTER COLUMN id DROP IDENTITY'],
    'postgres',
  ),
  schema(
    'a generated column is gone',
    'column work_orders.search',
    ['ALTER TABLE work_orders DROP COLUMN search'],
    'postgres',
  ),
  schema(
    'a generated column is a plain one',
    'column work_orders.search',
    ['ALTER TABLE work_orders ALTER COLUMN search DROP EXPRESSION'],
    'postgres',
  ),
  schema(
    'a crash of the server would empty a table',
    'table health_checks',
    ['ALTER TABLE health_checks SET UNLOGGED'],
    'postgres',
  ),
  schema(
    'rows of a table are hidden',
    'table health_checks',
    ['ALTER TABLE health_checks ENABLE ROW LEVEL SECURITY'],
    'postgres',
  ),
  ...['insert', 'update', 'delete'].map((event) =>
    schema(
      `the trigger is gone that keeps the search index at each ${event}`,
      `trigger work_orders.work_orders_fts_${event}`,
      [`DROP TRIGGER work_orders_fts_${event}`],
      'sqlite',
    ),
  ),
  schema(
    'a trigger does something else',
    'trigger work_orders.work_orders_fts_delete',
    [
      'DROP TRIGGER work_orders_fts_delete',
      'CREATE TRIGGER work_orders_fts_delete AFTER DELETE ON work_orders BEGIN SELECT 1; END',
    ],
    'sqlite',
  ),
  schema(
    'a trigger is there that no migration made',
    'trigger users.meddle',
    each({
      sqlite: run('CREATE TRIGGER meddle AFTER UPDATE ON users BEGIN SELECT 1; END'),
      postgres: run(
        'CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$',
        'CREATE TRIGGER meddle BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION meddle()',
      ),
    }),
  ),
]
