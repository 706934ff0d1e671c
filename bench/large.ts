import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type WorkOrder, workOrders } from './records.ts'

/** Sizes of SQLite databases, in bytes. */
export const LARGE = 1e9
export const SMALL = 1e8

/** The table's part of the whole; the index is made when it is full, and takes the rest. */
const TABLE_SHARE = 0.9
const BATCH = 5_000

/** The file of a database in WAL mode with about so many bytes below `root`; made unless it is there already. */
export function sqliteDatabase(root: string, bytes: number): string {
  const file = join(root, `${bytes}.db`)
  if (existsSync(file)) return file
  using db = new DatabaseSync(file)
  db.exec(`pragma journal_mode = off; pragma synchronous = off; begin;
    create table work_orders (
      id integer primary key, reference text not null, customer text not null, address text not null,
      notes text not null, status text not null, price real not null, details text not null,
      opened_at text not null)`)
  const insert = db.prepare('insert into work_orders values (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const size = db.prepare(
    'select page_count * page_size as bytes from pragma_page_count, pragma_page_size',
  )
  for (const order of workOrders()) {
    const { id, reference, customer, address, notes, status, price, details, opened_at } = order
    const cells = [reference, customer, address, notes, status, price, JSON.stringify(details)]
    insert.run(id, ...cells, opened_at)
    if (id % BATCH === 0 && Number(size.get()?.bytes) >= bytes * TABLE_SHARE) break
  }
  db.exec(`commit; create index work_orders_status on work_orders (status, opened_at);
    pragma journal_mode = wal`)
  db.close()
  sync(file)
  return file
}

/** Fills an empty PostgreSQL database with about so many bytes. */
export async function fillPostgres(url: string, bytes: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create table work_orders (
      id integer primary key, reference uuid not null, customer text not null, address text not null,
      notes text not null, status text not null, price numeric(10, 2) not null, details jsonb not null,
      opened_at timestamptz not null)`)
    let batch: WorkOrder[] = []
    for (const order of workOrders()) {
      if (batch.push(order) < BATCH) continue
      const rows = JSON.stringify(batch)
      await client.query(
        'insert into work_orders select * from json_populate_recordset(null::work_orders, $1)',
        [rows],
      )
      batch = []
      const { rows: sizes } = await client.query(
        'select pg_database_size(current_database()) as bytes',
      )
      if (Number(sizes[0]?.bytes) >= bytes * TABLE_SHARE) break
    }
    await client.query('create index work_orders_status on work_orders (status, opened_at)')
    // so that no reader pays for what the rows' writer left to be done
    await client.query('vacuum analyze work_orders')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}

function sync(file: string): void {
  const handle = openSync(file, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
