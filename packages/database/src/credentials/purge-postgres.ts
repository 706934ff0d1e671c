import type { Finding, Work } from '@fossawork/migrate'
import {
  incomplete,
  incompleteAgain,
  inTheWay,
  type Purged,
  type PurgeOptions,
  told,
  untilDone,
} from './patience.ts'
import { dropSamples, hasJointSamples, isEmpty } from './samples.ts'
import { quoted } from './walk.ts'

/** A VACUUM FULL that waits for its lock makes everybody else wait behind it: it gives up after so long, and tries again. */
const LOCK_TIMEOUT = '1s'

/** The planner's samples of columns, and those of CREATE STATISTICS. */
const SAMPLES = 'pg_catalog.pg_statistic'
const JOINT_SAMPLES = 'pg_catalog.pg_statistic_ext_data'
const CATALOGS: ReadonlySet<string> = new Set([SAMPLES, JOINT_SAMPLES])

/**
 * Writes each table anew without its dead rows, samples it again for the planner, and writes the samples' own tables
 * anew. While that happens to a table, nobody reads or writes it. The server's WAL and its archives are out of reach.
 */
export async function purgePostgres(work: Work, options: PurgeOptions): Promise<Purged> {
  const { waitMs } = options
  const tables = options.tables.filter((name) => !CATALOGS.has(name))
  const catalogs = new Set(options.tables.filter((name) => CATALOGS.has(name)))
  const owed: string[] = []
  const findings: Finding[] = []
  const settle = (name: string, left: readonly Finding[]): void => {
    if (left.length) owed.push(name)
    findings.push(...left)
  }
  for (const name of tables) {
    const left = await told(() => purgeTable(work, name, waitMs))
    settle(name, left)
    if (left.length) continue
    catalogs.add(SAMPLES)
    if (await hasJointSamples(work, name)) catalogs.add(JOINT_SAMPLES)
  }
  for (const catalog of catalogs) {
    const statement = `VACUUM (FULL) ${catalog}`
    settle(catalog, await told(() => vacuum(work, { table: catalog, waitMs, statement })))
  }
  return { owed, findings }
}

async function purgeTable(work: Work, name: string, waitMs: number): Promise<Finding[]> {
  const table = quoted(name)
  const statement = `VACUUM (FULL, ANALYZE) ${table}`
  const byOwner = [statement, `VACUUM (FULL) ${SAMPLES}`]
  if (await hasJointSamples(work, name)) byOwner.push(`VACUUM (FULL) ${JOINT_SAMPLES}`)
  const left = await vacuum(work, { table, waitMs, statement, byOwner })
  if (left.length || !(await isEmpty(work, table))) return left
  return withLockTimeout(work, () => dropSamples(work, name, waitMs))
}

interface Vacuuming {
  readonly table: string
  readonly waitMs: number
  readonly statement: string
  /** What takes its place where this user may not: the statement, and what must follow it. */
  readonly byOwner?: readonly string[]
}

async function vacuum(work: Work, vacuuming: Vacuuming): Promise<Finding[]> {
  const { table, waitMs, statement, byOwner = [statement] } = vacuuming
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
  const done = await withLockTimeout(work, () =>
    untilDone(work, waitMs, () => work.query(statement).then(() => true, inTheWay)),
  )
  if (!done) {
    return [incompleteAgain(`others kept ${table} locked.`, 'End what uses it for long.')]
  }
  // a user without the right gets a warning from the server, and no error
  if ((await fileOf(work, table)) !== before) return []
  return [
    incomplete(
      `this user may not VACUUM ${table}.`,
      `Let the owner of the database or a superuser run: ${byOwner.join('; ')}; or run \`encrypt-credentials\` as such a user.`,
    ),
  ]
}

async function withLockTimeout<T>(work: Work, body: () => Promise<T>): Promise<T> {
  await work.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`)
  const result = await body()
  await work.query('SET lock_timeout = 0')
  return result
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

/**
 * Whatever keeps dead rows alive: https://www.postgresql.org/docs/current/routine-vacuuming.html. Of other databases, the
 * transactions that write: VACUUM FULL's own snapshot begins with the oldest of them.
 */
const WATCHERS = `
SELECT format('the session %s of %s in %s', pid, usename, datname) AS who FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND age(backend_xid) >= age($1::xid)
  OR datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) >= age($1::xid)
UNION ALL
SELECT format('the prepared transaction %L in %s', gid, database) FROM pg_prepared_xacts
WHERE age(transaction) >= age($1::xid)
UNION ALL
SELECT format('the replication slot %L', slot_name) FROM pg_replication_slots
WHERE greatest(age(xmin), age(catalog_xmin)) >= age($1::xid)
UNION ALL
SELECT format('the standby at %s', client_addr) FROM pg_stat_replication
WHERE age(backend_xmin) >= age($1::xid)`
