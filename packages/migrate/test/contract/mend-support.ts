import type { Row } from '../../src/dialect/session.ts'
import type { Project } from './project.ts'

/** Owners have sites, those pumps, which have parts and name other pumps; notes name pumps and have no key. */
export const FAMILY = `-- migrate:up
CREATE TABLE owner (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE site (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE);
CREATE TABLE pump (id INTEGER PRIMARY KEY, site_id INTEGER REFERENCES site (id) ON DELETE SET NULL,
  twin_id INTEGER REFERENCES pump (id) ON DELETE CASCADE,
  twice INTEGER GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE part (pump_id INTEGER NOT NULL REFERENCES pump (id) ON DELETE CASCADE, no INTEGER NOT NULL,
  label TEXT, PRIMARY KEY (pump_id, no));
CREATE TABLE note (pump_id INTEGER, part_no INTEGER, text TEXT,
  FOREIGN KEY (pump_id, part_no) REFERENCES part (pump_id, no) ON DELETE RESTRICT);
CREATE INDEX idx_site_owner ON site (owner_id);
`

/** Site 2 names no owner. Pumps 20 to 22 name each other in a circle. */
export const FAMILY_ROWS: readonly string[] = [
  "INSERT INTO owner VALUES (1, 'one')",
  'INSERT INTO site VALUES (1, 1), (2, 9)',
  'INSERT INTO pump (id, site_id, twin_id) VALUES (10, 1, NULL), (20, 2, 22), (21, NULL, 20), (22, NULL, 21)',
  "INSERT INTO part VALUES (10, 1, 'kept'), (20, 1, 'x'), (20, 2, NULL)",
  "INSERT INTO note VALUES (10, 1, 'kept'), (20, 2, 'lost'), (20, NULL, 'names none')",
]

const TABLES = ['owner', 'site', 'pump', 'part', 'note']

export const RULES = `-- migrate:up
CREATE TABLE rule (name VARCHAR(20) PRIMARY KEY, most INTEGER NOT NULL, is_active BOOLEAN);
`

/** Runs statements as if no foreign key were there. */
export async function breakKeys(project: Project, statements: readonly string[]): Promise<void> {
  const off = project.url.startsWith('sqlite')
    ? 'PRAGMA foreign_keys = OFF'
    : 'SET session_replication_role = replica'
  await project.query([off, ...statements].join(';\n'))
}

/** All rows of every table and its quarantine, as texts in order. */
export async function rowsOf(project: Project): Promise<Record<string, string[]>> {
  const live = await project.introspect()
  const all: Record<string, string[]> = {}
  for (const table of TABLES) {
    const from = [table, `quarantine_${table}`].filter((name) => live.has(`table ${name}`))
    const columns = [...live.values()]
      .filter((fact) => fact.kind === 'column' && fact.table === table)
      .filter(({ is }) => is.generated === undefined)
      .map(({ name }) => name)
    const rows = await Promise.all(
      from.map((name) => project.query(`SELECT ${columns.join(', ')} FROM ${name}`)),
    )
    all[table] = rows
      .flat()
      .map((row) => JSON.stringify(row))
      .sort()
  }
  return all
}

export const ids = async (project: Project, table: string, column: string): Promise<unknown[]> =>
  (await project.query<Row>(`SELECT ${column} AS it FROM ${table} ORDER BY ${column}`)).map(
    ({ it }) => it,
  )
