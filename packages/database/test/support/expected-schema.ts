import { readFileSync } from 'node:fs'

/** One table in comparable lines: columns and unique constraints in order, indexes by name. */
export interface TableShape {
  readonly columns: string[]
  readonly unique: string[]
  readonly indexes: string[]
}
export type Catalogue = Record<string, TableShape>

/**
 * What `schema.txt` says should be there after the first `versions` migrations. It is written in
 * SQLite's types, from the original's specification, and knows nothing of the migrations.
 */
export function expectedSchema(dialect: 'sqlite' | 'postgres', versions = 6): Catalogue {
  const text = readFileSync(new URL('../schema.txt', import.meta.url), 'utf8')
  const sections = text.split(/^# .*$/m).slice(1, versions + 1)
  const catalogue: Catalogue = {}
  for (const block of sections.flatMap((section) => section.trim().split(/\n\n+/))) {
    const [name, ...lines] = block.split('\n') as [string, ...string[]]
    catalogue[name] ??= { columns: [], unique: [], indexes: [] }
    const shape = catalogue[name]
    for (const line of lines.map((line) => line.trim())) {
      if (/^(unique )?index /.test(line)) shape.indexes.push(line)
      else if (line.startsWith('unique ')) shape.unique.push(line)
      else shape.columns.push(...line.replace(/,$/, '').split(', '))
    }
  }
  for (const shape of Object.values(catalogue)) {
    shape.indexes.sort()
    if (dialect === 'postgres') shape.columns.splice(0, Infinity, ...shape.columns.map(onPostgres))
  }
  return catalogue
}

const PLAIN: Record<string, string> = {
  DATETIME: 'timestamp with time zone',
  TIMESTAMP: 'timestamp with time zone',
  JSON: 'jsonb',
  FLOAT: 'double precision',
  INTEGER: 'integer',
  BOOLEAN: 'boolean',
  TEXT: 'text',
  VARCHAR: 'text',
}

/** The same column as PostgreSQL should have it. */
function onPostgres(column: string): string {
  const [name, type, ...rest] = column.split(' ') as [string, string, ...string[]]
  const line = (translated: string) =>
    [name, translated, ...rest].join(' ').replace(' autoincrement', '')
  if (type === 'INTEGER' && rest[0] === 'pk') return line('bigint identity')
  // what refers to a numbered key, and sizes in bytes, which pass 2 GB
  if (type === 'INTEGER' && /^(rule_id|file_size|size_bytes)$/.test(name)) return line('bigint')
  return line(PLAIN[type] ?? type.replace('VARCHAR', 'character varying'))
}
