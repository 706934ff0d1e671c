import { sql } from 'kysely'
import type { Opened } from './database.ts'
import type { Catalogue } from './expected-schema.ts'

/** The live schema in the words of `schema.txt`, the full-text search left out. */
export const liveSchema = (opened: Opened): Promise<Catalogue> =>
  opened.dialect === 'sqlite' ? fromSqlite(opened) : fromPostgres(opened)

/** The parts that are there, with spaces between. */
const joined = (...parts: unknown[]): string =>
  parts.filter((part) => typeof part === 'string' && part !== '').join(' ')

async function fromSqlite({ db }: Opened): Promise<Catalogue> {
  const all = async (statement: string): Promise<any[]> =>
    (await sql.raw<any>(statement).execute(db)).rows
  const catalogue: Catalogue = {}
  const tables = await all(`SELECT name, sql FROM sqlite_master WHERE type = 'table'
    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'work_orders_fts%'`)
  for (const { name, sql: text } of tables) {
    const references = new Map(
      (await all(`PRAGMA foreign_key_list(${name})`)).map((key) => [
        key.from,
        `-> ${key.table}.${key.to}`,
      ]),
    )
    const columns = (await all(`PRAGMA table_xinfo(${name})`)).map((column) => {
      const automatic = column.pk === 1 && /"id" INTEGER primary key autoincrement/.test(text)
      // every key is declared NOT NULL but those
      const key = column.pk === 1 && (automatic ? 'pk autoincrement' : column.notnull && 'pk')
      return joined(
        column.name,
        column.type,
        key || (column.notnull === 1 && 'required'),
        column.dflt_value && `= ${column.dflt_value}`,
        references.get(column.name),
      )
    })
    const lists = await all(`PRAGMA index_list(${name})`)
    const unique: string[] = []
    for (const { name: index } of lists.filter(({ origin }) => origin === 'u').reverse()) {
      const on = (await all(`PRAGMA index_info(${index})`)).map((column) => column.name)
      const spelled = on.map((column) => `"${column}"`).join(', ')
      const named = text.match(`constraint "(\\w+)" unique \\(${spelled}\\)`)?.[1]
      unique.push(joined('unique', named, `(${on.join(', ')})`))
    }
    const indexes = await all(
      `SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '${name}' AND sql NOT NULL`,
    )
    catalogue[name] = { columns, unique, indexes: indexes.map(({ sql }) => indexLine(sql)).sort() }
  }
  return catalogue
}

async function fromPostgres({ db }: Opened): Promise<Catalogue> {
  const { rows } = await sql<any>`
    SELECT c.relname AS name,
      (SELECT json_agg(json_build_object('name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod), 'identity', a.attidentity,
          'required', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid),
          'pk', EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
            AND k.conkey = ARRAY[a.attnum]),
          'references', (SELECT f.confrelid::regclass || '.' || r.attname FROM pg_constraint f
            JOIN pg_attribute r ON r.attrelid = f.confrelid AND ARRAY[r.attnum] = f.confkey
            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum])
        ) ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ) AS columns,
      (SELECT coalesce(json_agg(json_build_object('name', u.conname,
          'on', pg_get_constraintdef(u.oid)) ORDER BY u.oid), '[]')
        FROM pg_constraint u WHERE u.conrelid = c.oid AND u.contype = 'u') AS unique,
      (SELECT coalesce(json_agg(pg_get_indexdef(i.indexrelid)), '[]') FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indexrelid <> ALL (SELECT conindid FROM pg_constraint
            WHERE contype IN ('p', 'u'))
          AND i.indexrelid::regclass::text <> 'idx_work_orders_search') AS indexes
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`.execute(db)
  return Object.fromEntries(
    rows.map(({ name, columns, unique, indexes }) => [
      name,
      {
        columns: columns.map((column: any) =>
          joined(
            column.name,
            column.type,
            column.identity === 'd' && 'identity',
            column.pk ? 'pk' : column.required && 'required',
            column.default && `= ${defaultOf(column.default)}`,
            column.references && `-> ${column.references}`,
          ),
        ),
        unique: unique.map((key: any) => {
          const on = key.on.replace('UNIQUE ', '')
          // the name that PostgreSQL gives to one without
          const unnamed = key.name === `${name}_${on.slice(1, -1)}_key`
          return joined('unique', unnamed || key.name, on)
        }),
        indexes: indexes.map(indexLine).sort(),
      },
    ]),
  )
}

const defaultOf = (expression: string): string => {
  const plain = expression.replace('::character varying', '')
  return /^(true|false)$/.test(plain) ? plain.toUpperCase() : plain
}

/** `create index …`, in whichever spelling, as a line of `schema.txt`. */
function indexLine(definition: string): string {
  const parts = definition
    .replaceAll('"', '')
    .match(/^create( unique)? index (\w+) [^(]*(\(.*\))$/i)
  if (!parts) throw new Error(`Not an index: ${definition}`)
  const on = String(parts[3])
    .replace('(email)::text', 'email')
    .replace(/ desc\b/gi, ' DESC')
  return joined(parts[1] ? 'unique index' : 'index', parts[2], on)
}
