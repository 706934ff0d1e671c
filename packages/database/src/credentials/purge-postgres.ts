import type { Finding, Work } from '@fossawork/migrate'
import {
  incomplete,
  incompleteAgain,
  inTheWay,
  type PurgeOptions,
  told,
  untilDone,
} from './patience.ts'
import { quoted } from './walk.ts'

/** A VACUUM FULL that waits for its lock makes everybody else wait behind it: it gives up after so long, and tries again. */
const LOCK_TIMEOUT = '1s'
const STATISTICS = 'pg_catalog.pg_statistic'

/**
 * Writes each table anew without its dead rows, samples it again for the planner, and writes the samples' own table anew.
 * While that happens to a table, nobody reads or writes it. The server's WAL and its archives are out of reach.
 */
export async function purgePostgres(
  work: Work,
  { tables, waitMs }: PurgeOptions,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of tables) {
    const table = quoted(name)
    findings.push(...(await told(() => vacuum(work, table, waitMs, 'FULL, ANALYZE'))))
  }
  if (findings.length === 0) {
    findings.push(...(await told(() => vacuum(work, STATISTICS, waitMs, 'FULL'))))
  }
  return findings
}

async function vacuum(
  work: Work,
  table: string,
  waitMs: number,
  options: string,
): Promise<Finding[]> {
  work.progress({ phase: 'purging', done: 0, total: null, unit: 'rows', note: table })
  // what somebody may still see, VACUUM FULL carries over
  const watchers = await waitForSnapshots(work, waitMs)
  if (watchers.length) {
    return [
      incompleteAgain(
        `${watchers.join(', ')} may still see the rows of ${table} as they were.`,
        'End what is named.',
      ),
    ]
  }
  const before = await fileOf(work, table)
  await work.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`)
  const statement = `VACUUM (${options}) ${table}`
  const done = await untilDone(work, waitMs, () => work.query(statement).then(() => true, inTheWay))
  await work.query('SET lock_timeout = 0')
  if (!done) {
    return [incompleteAgain(`others kept ${table} locked.`, 'End what uses it for long.')]
  }
  // a user without the right gets a warning from the server, and no error
  if ((await fileOf(work, table)) !== before) return []
  return [
    incomplete(
      `this user may not VACUUM ${table}.`,
      `Let the owner of the database or a superuser run: ${statement}; or run \`encrypt-credentials\` as such a user.`,
    ),
  ]
}

/** Names the file that holds a table; it is another one once the table was written anew. */
async function fileOf(work: Work, table: string): Promise<unknown> {
  const { rows } = await work.query('SELECT pg_relation_filenode($1::regclass) AS file', [table])
  return rows[0]?.file
}

/** Waits until nobody sees what was there before now; returns who still does. */
async function waitForSnapshots(work: Work, waitMs: number): Promise<string[]> {
  const { rows: now } = await work.query('SELECT pg_current_xact_id()::xid::text AS xid')
  let watchers: string[] = []
  await untilDone(work, waitMs, async () => {
    const { rows } = await work.query<{ who: string }>(WATCHERS, [now[0]?.xid])
    watchers = rows.map(({ who }) => who)
    return watchers.length === 0
  })
  return watchers
}

/** Whatever keeps dead rows alive: https://www.postgresql.org/docs/current/routine-vacuuming.html */
const WATCHERS = `
SELECT format('the session %s of %s', pid, usename) AS who FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND greatest(age(backend_xmin), age(backend_xid)) >= age($1::xid)
UNION ALL
SELECT format('the prepared transaction %L', gid) FROM pg_prepared_xacts
WHERE database = current_database() AND age(transaction) >= age($1::xid)
UNION ALL
SELECT format('the replication slot %L', slot_name) FROM pg_replication_slots
WHERE greatest(age(xmin), age(catalog_xmin)) >= age($1::xid)
UNION ALL
SELECT format('the standby at %s', client_addr) FROM pg_stat_replication
WHERE age(backend_xmin) >= age($1::xid)`
