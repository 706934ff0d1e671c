import { open } from 'node:fs/promises'
import { each, type Fault, run, type Victim } from './fault.ts'
import { BEN } from './rows.ts'
import { pastIndex, relabel, remake } from './surgery.ts'

const constraint = (
  name: string,
  code: Fault['code'],
  place: string,
  inject: Fault['inject'],
  more: Partial<Fault> = {},
): Fault => ({ name, category: 'constraints', code, place, inject, ...more })

const ON_SQLITE = { on: 'sqlite' } as const
const ON_POSTGRES = { on: 'postgres' } as const

const OF_DISPENSER = 'FOREIGN KEY (work_order_id) REFERENCES work_orders (id)'

/** Writes a 32-bit number into the file's header. */
const inHeader = (offset: number, value: number) => async (victim: Victim) => {
  const handle = await open(victim.url.replace('sqlite:///', ''), 'r+')
  try {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    await handle.write(bytes, 0, 4, offset)
  } finally {
    await handle.close()
  }
  return undefined
}

/** https://www.sqlite.org/fileformat.html#the_database_header: how many pages of the file are free. */
const FREE_PAGES = 36

const DECLARED: readonly Fault[] = [
  constraint(
    'a foreign key is gone',
    'CONSTRAINT_MISSING',
    'foreign_key dispensers.work_order_id->work_orders.id',
    each({
      sqlite: remake('dispensers', ' references "work_orders" ("id")', ''),
      postgres: run('ALTER TABLE dispensers DROP CONSTRAINT dispensers_work_order_id_fkey'),
    }),
  ),
  constraint(
    'a foreign key refers to another table',
    'CONSTRAINT_MISSING',
    'foreign_key privacy_requests.user_id->users.id',
    each({
      sqlite: remake(
        'privacy_requests',
        'references "users" ("id")',
        'references work_orders (id)',
      ),
      postgres: run(
        'ALTER TABLE privacy_requests DROP CONSTRAINT privacy_requests_user_id_fkey',
        'ALTER TABLE privacy_requests ADD FOREIGN KEY (user_id) REFERENCES work_orders (id)',
      ),
    }),
  ),
  constraint(
    'a foreign key removes rows with their parent',
    'CONSTRAINT_DIFFERS',
    'foreign_key dispensers.work_order_id->work_orders.id',
    each({
      sqlite: remake(
        'dispensers',
        'references "work_orders" ("id")',
        'references "work_orders" ("id") on delete cascade',
      ),
      postgres: run(
        'ALTER TABLE dispensers DROP CONSTRAINT dispensers_work_order_id_fkey',
        `ALTER TABLE dispensers ADD CONSTRAINT dispensers_work_order_id_fkey ${OF_DISPENSER} ON DELETE CASCADE`,
      ),
    }),
  ),
  constraint(
    'a foreign key is there that no migration made',
    'CONSTRAINT_DIFFERS',
    'foreign_key scraping_schedules.user_id->users.id',
    each({
      sqlite: remake(
        'scraping_schedules',
        '"user_id" VARCHAR not null',
        '"user_id" VARCHAR not null references users (id)',
      ),
      postgres: run(
        'ALTER TABLE scraping_schedules ADD FOREIGN KEY (user_id) REFERENCES users (id)',
      ),
    }),
  ),
  constraint(
    'a foreign key was never held against the rows',
    'CONSTRAINT_UNPROVEN',
    'foreign_key dispensers.work_order_id->work_orders.id',
    [
      'ALTER TABLE dispensers DROP CONSTRAINT dispensers_work_order_id_fkey',
      `ALTER TABLE dispensers ADD CONSTRAINT dispensers_work_order_id_fkey ${OF_DISPENSER} NOT VALID`,
    ],
    ON_POSTGRES,
  ),
  constraint(
    'a foreign key waits for the end of the transaction',
    'CONSTRAINT_DIFFERS',
    'foreign_key dispensers.work_order_id->work_orders.id',
    [
      'ALTER TABLE dispensers ALTER CONSTRAINT dispensers_work_order_id_fkey DEFERRABLE INITIALLY DEFERRED',
    ],
    ON_POSTGRES,
  ),
  constraint(
    'a unique constraint is gone',
    'CONSTRAINT_MISSING',
    'unique user_credentials.user_id,service_name',
    each({
      sqlite: remake(
        'user_credentials',
        ', constraint "unique_user_service" unique ("user_id", "service_name")',
        '',
      ),
      postgres: run('ALTER TABLE user_credentials DROP CONSTRAINT unique_user_service'),
    }),
  ),
  constraint(
    'a unique constraint is there that no migration made',
    'CONSTRAINT_DIFFERS',
    'unique health_checks.service_name',
    each({
      sqlite: remake(
        'health_checks',
        '"service_name" VARCHAR(100) not null',
        '"service_name" VARCHAR(100) not null unique',
      ),
      postgres: run('ALTER TABLE health_checks ADD UNIQUE (service_name)'),
    }),
  ),
  {
    name: 'a check is there that no migration made',
    category: 'constraints',
    code: 'CONSTRAINT_DIFFERS',
    place: 'check filter_allocations',
    inject: each({
      sqlite: remake(
        'filter_allocations',
        '"quantity" INTEGER not null',
        '"quantity" INTEGER not null check (quantity > 0)',
      ),
      postgres: run('ALTER TABLE filter_allocations ADD CHECK (quantity > 0)'),
    }),
  },
  constraint(
    'the triggers of a foreign key are switched off',
    'CONSTRAINT_UNPROVEN',
    'dispensers.dispensers_work_order_id_fkey',
    ['ALTER TABLE dispensers DISABLE TRIGGER ALL'],
    ON_POSTGRES,
  ),
]

const HOLDING: readonly Fault[] = [
  constraint(
    'dispensers name a work order that is not there',
    'ORPHANS',
    'dispensers.work_order_id -> work_orders',
    ["UPDATE dispensers SET work_order_id = 'wo-lost' WHERE work_order_id = 'wo-1'"],
    { rows: 2, mends: true },
  ),
  constraint(
    'a work order was deleted, and all that stands under it is left',
    'ORPHANS',
    'dispensers.work_order_id -> work_orders',
    ["DELETE FROM work_orders WHERE id = 'wo-3'"],
    { rows: 2, mends: true },
  ),
  constraint(
    'a user was deleted, and all that is his is left',
    'ORPHANS',
    'user_preferences.user_id -> users',
    [`DELETE FROM users WHERE id = '${BEN}'`],
    { rows: 1, mends: true },
  ),
  constraint(
    'a work order names a user that is not there',
    'ORPHANS',
    'work_orders.user_id -> users',
    ["UPDATE work_orders SET user_id = 'nobody' WHERE id = 'wo-2'"],
    { rows: 1, mends: true },
  ),
  constraint(
    'an allocation names a part that is not there',
    'ORPHANS',
    'filter_allocations.part_number -> filter_inventory',
    ["UPDATE filter_allocations SET part_number = '800' WHERE id = 'a-2'"],
    { rows: 1, mends: true },
  ),
  constraint(
    'a column is empty that must not be',
    'CONSTRAINT_BROKEN',
    'dispensers.dispenser_number',
    async (victim) => {
      const [filled, free] = [
        '"dispenser_number" VARCHAR(20) not null',
        '"dispenser_number" VARCHAR(20)',
      ]
      await remake('dispensers', filled, free)(victim)
      await victim.run("UPDATE dispensers SET dispenser_number = NULL WHERE id = 'd-1'")
      await relabel('dispensers', free, filled)(victim)
      return undefined
    },
    ON_SQLITE,
  ),
  constraint(
    'an index lacks a row',
    'INDEX_CORRUPT',
    'index idx_work_orders_external',
    async (victim) => {
      const statement = `INSERT INTO work_orders (id, user_id, external_id, site_name) VALUES ('wo-9', '${BEN}', 'W-9', 'Fuel stop 9')`
      await pastIndex('idx_work_orders_external', statement)(victim)
      return undefined
    },
    ON_SQLITE,
  ),
  constraint(
    'a unique index has a value twice',
    'CONSTRAINT_BROKEN',
    'index ix_users_email',
    async (victim) => {
      await victim.run(
        'DROP INDEX ix_users_email',
        'CREATE INDEX ix_users_email ON users (email)',
        `UPDATE users SET email = 'ana@example.com' WHERE id = '${BEN}'`,
      )
      await relabel('ix_users_email', 'CREATE INDEX', 'CREATE UNIQUE INDEX')(victim)
      return undefined
    },
    ON_SQLITE,
  ),
  constraint(
    'the header counts free pages that are not there',
    'FILE_CORRUPT',
    'the file',
    inHeader(FREE_PAGES, 5),
    ON_SQLITE,
  ),
]

/** Constraints that are not declared, not enforced, or broken by rows. */
export const CONSTRAINT_FAULTS: readonly Fault[] = [...DECLARED, ...HOLDING]
