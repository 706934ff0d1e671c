import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One generated migration: a table and an index on it. */
interface Generated {
  /** Digits that every peer takes as a version: a UTC time to the millisecond. */
  readonly name: string
  readonly table: string
  /** Milliseconds since 1970, as drizzle's journal wants them. */
  readonly when: number
}

interface FormatWriter {
  readonly extension: 'sql' | 'js'
  text(migration: Generated): string
  /** What stands beside the migrations. */
  extra?(folder: string, migrations: readonly Generated[]): void
}

const FIRST = Date.UTC(2026, 0, 1)

/** Short strings, so that PostgreSQL adds no TOAST table with its index: three files a migration, not five. */
const tableSql = (table: string) =>
  `create table ${table} (id integer primary key, name varchar(100) not null, created_at varchar(30));`
const indexSql = (table: string) => `create index ${table}_name on ${table} (name);`

/** The same table and index, written as each peer's own manual writes migrations. */
const FORMATS = {
  dbmate: {
    extension: 'sql',
    text: ({ table }) =>
      `-- migrate:up\n${tableSql(table)}\n${indexSql(table)}\n\n-- migrate:down\ndrop table ${table};\n`,
  },
  drizzle: {
    extension: 'sql',
    text: ({ table }) => `${tableSql(table)}\n--> statement-breakpoint\n${indexSql(table)}\n`,
    extra(folder, migrations) {
      const entries = migrations.map(({ name, when }, idx) => ({
        idx,
        version: '7',
        when,
        tag: name,
        breakpoints: true,
      }))
      mkdirSync(join(folder, 'meta'))
      writeFileSync(
        join(folder, 'meta/_journal.json'),
        JSON.stringify({ version: '7', dialect: 'sqlite', entries }),
      )
    },
  },
  kysely: {
    extension: 'js',
    text: ({ table }) => `export async function up(db) {
  await db.schema
    .createTable('${table}')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'varchar(100)', (column) => column.notNull())
    .addColumn('created_at', 'varchar(30)')
    .execute()
  await db.schema.createIndex('${table}_name').on('${table}').column('name').execute()
}

export async function down(db) {
  await db.schema.dropTable('${table}').execute()
}
`,
  },
  knex: {
    extension: 'js',
    text: ({ table }) => `export async function up(knex) {
  await knex.schema.createTable('${table}', (t) => {
    t.integer('id').primary()
    t.string('name', 100).notNullable().index('${table}_name')
    t.string('created_at', 30)
  })
}

export async function down(knex) {
  await knex.schema.dropTable('${table}')
}
`,
  },
  umzug: {
    extension: 'js',
    text: ({ table }) => `export async function up({ context: db }) {
  db.exec('${tableSql(table)}')
  db.exec('${indexSql(table)}')
}

export async function down({ context: db }) {
  db.exec('drop table ${table}')
}
`,
  },
  'node-pg-migrate': {
    extension: 'js',
    text: ({ table }) => `export const up = (pgm) => {
  pgm.createTable('${table}', {
    id: { type: 'integer', primaryKey: true },
    name: { type: 'varchar(100)', notNull: true },
    created_at: { type: 'varchar(30)' },
  })
  pgm.createIndex('${table}', 'name', { name: '${table}_name' })
}

export const down = (pgm) => {
  pgm.dropTable('${table}')
}
`,
  },
} as const satisfies Record<string, FormatWriter>

export type Format = keyof typeof FORMATS

/** Writes `count` migrations in a peer's format below `root`, unless they are there already; gives their folder. */
export function generate(root: string, format: Format, count: number): string {
  const writer: FormatWriter = FORMATS[format]
  const parent = join(root, `${format}-${count}`)
  const folder = join(parent, 'migrations')
  if (existsSync(folder)) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(parent, 'package.json'), '{ "type": "module" }\n')
  const migrations = Array.from({ length: count }, (_, i) => describe(i))
  for (const migration of migrations) {
    writeFileSync(join(folder, `${migration.name}.${writer.extension}`), writer.text(migration))
  }
  writer.extra?.(folder, migrations)
  return folder
}

function describe(index: number): Generated {
  const when = FIRST + index
  const digits = new Date(when).toISOString().replace(/\D/g, '')
  const table = `t_${String(index + 1).padStart(5, '0')}`
  return { name: `${digits}_create_${table}`, table, when }
}

/** Edges that each node of {@link denseGraph} has, where enough nodes stand before it. */
export const EDGES = 20

/**
 * Versions that depend on up to {@link EDGES} earlier ones: half on the nearest before, half spread over all of them.
 * Listed in an order that is not the order of the dependencies.
 */
export function denseGraph(count: number): { version: string; dependsOn: string[] }[] {
  const name = (i: number) => `v${String(i).padStart(6, '0')}`
  const nodes = Array.from({ length: count }, (_, i) => {
    const near = Array.from({ length: EDGES / 2 }, (_, k) => i - 1 - k)
    const far = Array.from({ length: EDGES / 2 }, (_, k) => Math.floor((i * k) / EDGES))
    const before = new Set([...near, ...far].filter((j) => j >= 0 && j < i))
    return { version: name(i), dependsOn: [...before].map(name) }
  })
  return nodes.reverse()
}
