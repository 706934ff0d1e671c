import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from } from 'pg-copy-streams'
import { withDatabase } from '../databases.ts'
import type { EmptyCopy } from './empty-copy.ts'

/** In another database of the same server. */
export async function openPostgresCopy(url: string): Promise<EmptyCopy> {
  const name = new URL(url).pathname.slice(1)
  const target = `${name}_ceiling`
  const admin = await connect(withDatabase(url, 'postgres'))
  await admin.query(`create database ${target} template ${name}`)
  const copy = await connect(withDatabase(url, target))
  const { rows: tables } = await copy.query(
    "select format('%I', tablename) as name from pg_tables where schemaname = 'public'",
  )
  await copy.query(`truncate ${tables.map((table) => table.name).join(', ')}`)
  await copy.query('checkpoint')
  const source = await connect(url)
  return {
    async fill(table) {
      const columns = await columnsOf(source, table)
      const text = columns.map((column) => `${column}::text`).join(', ')
      const { rows } = await source.query<(string | null)[]>({
        text: `select ${text} from ${table}`,
        rowMode: 'array',
      })
      const started = performance.now()
      await copy.query('begin')
      const into = copy.query(from(`copy ${table} (${columns.join(', ')}) from stdin`))
      await pipeline(Readable.from(copyText(rows), { objectMode: false }), into)
      await copy.query('commit')
      return { rows: rows.length, ms: performance.now() - started }
    },
    async remove() {
      await Promise.all([source.end(), copy.end()])
      await admin.query(`drop database ${target} with (force)`)
      await admin.end()
    },
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function columnsOf(source: pg.Client, table: string): Promise<string[]> {
  const { rows } = await source.query(
    `select format('%I', attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [table],
  )
  return rows.map(({ name }) => name)
}

const CHUNK = 65_536

/** Rows in COPY's text format, some at a time. */
function* copyText(rows: readonly (readonly (string | null)[])[]): Generator<Buffer> {
  let text = ''
  for (const row of rows) {
    const line = row.map((value) => (value === null ? '\\N' : escaped(value)))
    text += `${line.join('\t')}\n`
    if (text.length < CHUNK) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text) yield Buffer.from(text)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

const escaped = (value: string): string =>
  /[\\\n\r\t]/.test(value) ? value.replace(/[\\\n\r\t]/g, (sign) => ESCAPES[sign] ?? sign) : value
