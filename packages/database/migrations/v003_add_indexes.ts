import { defineMigration, type MigrationContext } from '@fossawork/migrate'
import { type RawBuilder, sql } from 'kysely'
import { createTables, dropTables, identity, table, varchar } from '../src/columns.ts'

type Database = MigrationContext['db']

// biome-ignore format: one index a line
const indexes: [name: string, table: string, ...columns: (string | RawBuilder<unknown>)[]][] = [
  ['idx_users_email_lower', 'users', sql`lower(email)`],
  ['idx_users_last_used', 'users', 'last_used'],
  ['idx_user_preferences_updated', 'user_preferences', 'updated_at'],
  ['idx_user_activities_created_desc', 'user_activities', 'created_at desc'],
  ['idx_user_activities_user_type_created', 'user_activities', 'user_id', 'activity_type', 'created_at desc'],
  ['idx_work_orders_user_status', 'work_orders', 'user_id', 'status'],
  ['idx_work_orders_user_scheduled_status', 'work_orders', 'user_id', 'scheduled_date', 'status'],
  ['idx_work_orders_scheduled', 'work_orders', 'scheduled_date'],
  ['idx_work_orders_external', 'work_orders', 'external_id'],
  ['idx_work_orders_store', 'work_orders', 'store_number'],
  ['idx_work_orders_service', 'work_orders', 'service_code'],
  ['idx_work_orders_visit', 'work_orders', 'visit_number'],
  ['idx_dispensers_work_order_number', 'dispensers', 'work_order_id', 'dispenser_number'],
  ['idx_dispensers_work_order_status_automation', 'dispensers', 'work_order_id', 'status', 'automation_completed'],
  ['idx_dispensers_status', 'dispensers', 'status'],
  ['idx_dispensers_automation', 'dispensers', 'automation_completed'],
  ['idx_automation_jobs_user_status', 'automation_jobs', 'user_id', 'status'],
  ['idx_automation_jobs_created', 'automation_jobs', 'created_at desc'],
  ['idx_automation_jobs_type', 'automation_jobs', 'job_type'],
  ['idx_scraping_schedules_user_active', 'scraping_schedules', 'user_id', 'enabled'],
  ['idx_scraping_schedules_next_run', 'scraping_schedules', 'next_run'],
  ['idx_scraping_schedules_type', 'scraping_schedules', 'schedule_type'],
]

/** Full-text search over these, most telling first. */
const searched = ['site_name', 'address', 'notes', 'instructions']

/**
 * SQLite: FTS5 numbers its rows. The rowids of `work_orders` would not do, since VACUUM may give new
 * ones to a table with a text key: this table keeps a number for each work order.
 */
const map = table('work_orders_fts_map', {
  id: identity,
  work_order_id: varchar().notNull().unique(),
})

/**
 * FTS5 keeps a copy of the text here. Without one (external content) a removal must repeat the old
 * text, which no trigger hears of when INSERT OR REPLACE takes a row away, and the index decays in
 * silence; `contentless_delete` needs SQLite 3.43, and an older program that opens the file could
 * then neither write a work order nor drop the index. Work orders are small.
 *
 * The triggers remove before they add, whether something should be there or not: REPLACE does not
 * run work_orders_fts_delete, and its conflict clause would override any that stood in a trigger.
 */
async function addFts5(db: Database): Promise<void> {
  const columns = sql.raw(searched.join(', '))
  const forget = (id: string) =>
    sql.raw(`DELETE FROM work_orders_fts
        WHERE rowid = (SELECT id FROM work_orders_fts_map WHERE work_order_id = ${id});
      DELETE FROM work_orders_fts_map WHERE work_order_id = ${id};`)
  const remember = sql`INSERT INTO work_orders_fts_map (work_order_id) VALUES (new.id);
      INSERT INTO work_orders_fts (rowid, ${columns})
        SELECT id, ${sql.raw(searched.map((name) => `new.${name}`).join(', '))}
          FROM work_orders_fts_map WHERE work_order_id = new.id;`
  const changed = ['id', ...searched].map((name) => `old.${name} IS NOT new.${name}`)

  await createTables({ db, dialect: 'sqlite' }, [map])
  await sql`CREATE VIRTUAL TABLE work_orders_fts
    USING fts5(${columns}, tokenize = 'unicode61 remove_diacritics 2')`.execute(db)
  await sql`INSERT INTO work_orders_fts_map (work_order_id) SELECT id FROM work_orders`.execute(db)
  await sql`INSERT INTO work_orders_fts (rowid, ${columns})
    SELECT map.id, ${columns} FROM work_orders_fts_map AS map
      JOIN work_orders ON work_orders.id = map.work_order_id`.execute(db)
  await sql`CREATE TRIGGER work_orders_fts_insert AFTER INSERT ON work_orders BEGIN
      ${forget('new.id')}
      ${remember}
    END`.execute(db)
  await sql`CREATE TRIGGER work_orders_fts_update AFTER UPDATE OF id, ${columns} ON work_orders
    WHEN ${sql.raw(changed.join('\n      OR '))} BEGIN
      ${forget('old.id')}
      ${forget('new.id')}
      ${remember}
    END`.execute(db)
  await sql`CREATE TRIGGER work_orders_fts_delete AFTER DELETE ON work_orders BEGIN
      ${forget('old.id')}
    END`.execute(db)
}

async function dropFts5(db: Database): Promise<void> {
  for (const event of ['insert', 'update', 'delete']) {
    await sql`DROP TRIGGER ${sql.id(`work_orders_fts_${event}`)}`.execute(db)
  }
  await db.schema.dropTable('work_orders_fts').execute()
  await dropTables(db, [map])
}

/**
 * PostgreSQL: words as FTS5 sees them. Its own parser would keep `5th/Main` together as a path and
 * `pump-2` as a compound, so punctuation becomes space first; accents go, as `remove_diacritics`
 * makes them; and 'simple' neither stems nor drops words, which names of places need. A tsvector
 * holds 1 MB, and a text that gave more would be refused: 50,000 characters a column always fit.
 */
function words(column: string, weight: string): string {
  const punctuation = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~\u00a0–—‘’“”…·`
  const accented = `normalize(coalesce(${column}, ''), NFD)`
  const plain = `normalize(regexp_replace(${accented}, '[\\u0300-\\u036f]+', '', 'g'), NFC)`
  const marks = punctuation.replace("'", "''")
  const spaced = `translate(${plain}, '${marks}', '${' '.repeat(punctuation.length)}')`
  return `setweight(to_tsvector('simple'::regconfig, left(${spaced}, 50000)), '${weight}')`
}

async function addTsvector(db: Database): Promise<void> {
  // fails here, not at the first work order, where the database is not in UTF-8
  await sql`SELECT normalize('')`.execute(db)
  const weights = ['A', 'B', 'D', 'D']
  const all = searched.map((column, i) => words(column, weights[i] ?? 'D')).join(' || ')
  await sql`ALTER TABLE work_orders ADD COLUMN search tsvector
    GENERATED ALWAYS AS (${sql.raw(all)}) STORED`.execute(db)
  await sql`CREATE INDEX idx_work_orders_search ON work_orders USING gin (search)`.execute(db)
}

export default defineMigration({
  description: 'Performance indexes',
  dependsOn: ['v001_initial_schema', 'v002_add_security_tables'],
  async up({ db, dialect, present }) {
    for (const [name, on, ...columns] of indexes) {
      // the original's v003 stopped half-way and left some of them behind
      if (await present('index', name)) continue
      await db.schema.createIndex(name).on(on).columns(columns).execute()
    }
    await (dialect === 'sqlite' ? addFts5(db) : addTsvector(db))
  },
  async down({ db, dialect }) {
    if (dialect === 'sqlite') await dropFts5(db)
    else await db.schema.alterTable('work_orders').dropColumn('search').execute()
    for (const [name] of indexes.toReversed()) await db.schema.dropIndex(name).execute()
  },
})
