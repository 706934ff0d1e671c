import { hash } from 'node:crypto'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import pg from 'pg'
import { type Database, sqliteFile } from './peers/peer.ts'
import { type WorkOrder, workOrders } from './records.ts'

type Cell = string | number | boolean | null | object

interface Filled {
  readonly name: string
  readonly columns: readonly string[]
  /** Its part of all rows, in thousandths. */
  readonly share: number
  /** Row `n`, from 0, of a database of so many of each; `order` is made-up text. */
  readonly row: (n: number, order: WorkOrder, of: Owners) => readonly Cell[]
}

interface Owners {
  readonly users: number
  readonly orders: number
}

const userOf = (n: number): string => hash('md5', `user-${n}@example.com`)
const orderOf = (n: number, { users }: Owners): string => `${userOf(n % users)}-W-${100_000 + n}`

/** What a FossaWork database is mostly made of; a table stands after those that its rows name. */
const TABLES: readonly Filled[] = [
  {
    name: 'users',
    columns: ['id', 'email', 'label', 'last_used', 'preferences_json'],
    share: 1,
    row: (n, { customer, opened_at, details }) => [
      userOf(n),
      `user-${n}@example.com`,
      customer,
      opened_at,
      details,
    ],
  },
  {
    name: 'work_orders',
    columns: [
      ...['id', 'user_id', 'external_id', 'site_name', 'address', 'scheduled_date', 'status'],
      ...['notes', 'scraped_data', 'service_items'],
    ],
    share: 200,
    row: (n, { customer, address, opened_at, status, notes, details }, of) => [
      orderOf(n, of),
      userOf(n % of.users),
      `W-${100_000 + n}`,
      customer,
      address,
      opened_at,
      status,
      notes,
      { ...details, address, customer },
      [details],
    ],
  },
  {
    name: 'dispensers',
    columns: [
      ...['id', 'work_order_id', 'dispenser_number', 'dispenser_type', 'fuel_grades', 'status'],
      ...['form_data', 'automation_completed', 'make'],
    ],
    share: 250,
    row: (n, { customer, status, details }, of) => [
      `${orderOf(n % of.orders, of)}/${n}`,
      orderOf(n % of.orders, of),
      `${n % 24}`,
      customer,
      ['Regular', 'Plus', 'Diesel'],
      status,
      details,
      n % 2 === 0,
      customer,
    ],
  },
  {
    name: 'user_activities',
    columns: ['user_id', 'username', 'activity_type', 'details', 'created_at'],
    share: 250,
    row: (n, { customer, status, details, opened_at }, { users }) => [
      userOf(n % users),
      customer,
      status,
      details,
      opened_at,
    ],
  },
  {
    name: 'api_access_logs',
    columns: [
      ...['user_id', 'endpoint', 'method', 'ip_address', 'user_agent', 'response_status'],
      ...['response_time_ms', 'created_at'],
    ],
    share: 149,
    row: (n, { customer, reference, opened_at }, { users }) => [
      userOf(n % users),
      `/api/work-orders/${reference}`,
      'GET',
      `10.0.${n % 200}.${n % 251}`,
      customer,
      200,
      n % 900,
      opened_at,
    ],
  },
  {
    name: 'security_events',
    columns: ['event_type', 'severity', 'user_id', 'endpoint', 'created_at', 'metadata_json'],
    share: 50,
    row: (n, { status, details, opened_at }, { users }) => [
      status,
      'low',
      userOf(n % users),
      '/api/auth/login',
      opened_at,
      JSON.stringify(details),
    ],
  },
  {
    name: 'audit_trail',
    columns: ['audit_id', 'table_name', 'record_id', 'action', 'user_id', 'changes_json'],
    share: 50,
    row: (n, { reference, details }, { users }) => [
      `${reference}-${n}`,
      'work_orders',
      reference,
      'update',
      userOf(n % users),
      JSON.stringify(details),
    ],
  },
  {
    name: 'performance_logs',
    columns: ['operation_type', 'operation_name', 'duration_ms', 'success', 'user_id'],
    share: 50,
    row: (n, { status, customer }, { users }) => [
      status,
      customer,
      n % 4000,
      n % 9 > 0,
      userOf(n % users),
    ],
  },
]

const BATCH = 2_000

/** Fills a migrated, empty FossaWork database with so many rows, the same ones each time. */
export async function fillFossaWork(database: Database, url: string, rows: number): Promise<void> {
  const count = ({ share }: Filled): number => Math.round((rows * share) / 1_000)
  const [users = 1, orders = 1] = TABLES.map(count)
  const texts = workOrders()
  const target = database === 'sqlite' ? openSqlite(url) : await openPostgres(url)
  for (const table of TABLES) {
    let batch: (readonly Cell[])[] = []
    for (let n = 0; n < count(table); n += 1) {
      batch.push(table.row(n, texts.next().value as WorkOrder, { users, orders }))
      if (batch.length < BATCH) continue
      await target.add(table, batch)
      batch = []
    }
    await target.add(table, batch)
  }
  await target.finish()
}

interface Target {
  add(table: Filled, rows: readonly (readonly Cell[])[]): Promise<void>
  finish(): Promise<void>
}

function openSqlite(url: string): Target {
  const db = new DatabaseSync(sqliteFile(url))
  db.exec('pragma synchronous = off; pragma foreign_keys = off; begin')
  return {
    async add({ name, columns }, rows) {
      const places = columns.map(() => '?').join(', ')
      const insert = db.prepare(`insert into ${name} (${columns.join(', ')}) values (${places})`)
      for (const row of rows) insert.run(...row.map(sqliteValue))
    },
    async finish() {
      db.exec('commit; pragma wal_checkpoint(truncate)')
      db.close()
    },
  }
}

function sqliteValue(cell: Cell): SQLInputValue {
  if (typeof cell === 'boolean') return cell ? 1 : 0
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell
}

async function openPostgres(url: string): Promise<Target> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    async add({ name, columns }, rows) {
      const objects = rows.map((row) =>
        Object.fromEntries(columns.map((column, at) => [column, row[at]])),
      )
      const list = columns.join(', ')
      await client.query(
        `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, $1)`,
        [JSON.stringify(objects)],
      )
    },
    async finish() {
      // so that no reader pays for what the rows' writer left to be done
      await client.query('vacuum analyze')
      await client.query('checkpoint')
      await client.end()
    },
  }
}
