import { performance } from 'node:perf_hooks'
import pg from 'pg'

/** What this process does, as JSON in its one argument. */
export interface ScanJob {
  readonly url: string
}

/** What it prints, in milliseconds. */
export interface ScanTiming {
  readonly scanMs: number
}

// reads every row of every table once, one table after the other, and every column of each row

const { url }: ScanJob = JSON.parse(process.argv[2] ?? '')
const client = new pg.Client({ connectionString: url })
await client.connect()
const { rows } = await client.query(
  `select format('select count(*), %s from %I', string_agg(format('count(%I)', a.attname), ', '), c.relname) as statement
   from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.oid, c.relname`,
)
await client.query('set max_parallel_workers_per_gather = 0')
const started = performance.now()
for (const { statement } of rows) await client.query(statement)
const scanMs = performance.now() - started
await client.end()
process.stdout.write(JSON.stringify({ scanMs } satisfies ScanTiming))
