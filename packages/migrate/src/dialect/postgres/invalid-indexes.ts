import { type Connection, connect, type PostgresTarget, UNLIMITED } from './connection.ts'
import type { IndexBuild } from './index-build.ts'
import { stepName } from './names.ts'
import { send } from './session.ts'

/** What was there before a build without blocking. */
export interface Before {
  /** The invalid indexes of the whole database, by their oids. */
  readonly invalid: readonly string[]
  /** The oid of the table; null where the statement names none. */
  readonly table: string | null
}

export async function lookBefore(connection: Connection, build: IndexBuild): Promise<Before> {
  const { rows } = await send<Before>(
    connection,
    `SELECT COALESCE(array_agg(indexrelid::text), '{}') AS invalid, to_regclass($1)::oid::text AS "table"
     FROM pg_index WHERE NOT indisvalid`,
    [build.verb === 'create' ? build.table : null],
  )
  return rows[0] as Before
}

/**
 * The indexes that a build left half made, with their schema, quoted where they need it; never one that somebody else
 * is building. `known` are the oids of others.
 */
export async function invalidIndexes(
  connection: Connection,
  build: IndexBuild,
  { table, invalid }: Before,
  pid: number,
): Promise<string[]> {
  const { rows } = await send<{ name: string }>(connection, INVALID, [
    invalid,
    build.verb,
    build.index,
    table,
    pid,
  ])
  return rows.map(({ name }) => name)
}

/** An index that could not be dropped, and why. */
export interface Undropped {
  readonly index: string
  readonly why: string
}

export interface Dropped {
  readonly dropped: readonly string[]
  readonly left: readonly Undropped[]
}

/** How long dropping may wait for those who use the table, in milliseconds. */
const DROP_WAIT = 10_000
/** How long to wait for the end of a backend whose connection is gone, in milliseconds. */
const TERMINATION_WAIT = 5_000

/**
 * Drops what a build left that was stopped or failed, on a connection of its own: the build's may be gone, and a late
 * cancel would hit it. Throws what keeps it from connecting.
 */
export async function dropInvalid(
  target: PostgresTarget,
  build: IndexBuild,
  before: Before,
  { pid, runId, lost }: { readonly pid: number; readonly runId: string; readonly lost: boolean },
): Promise<Dropped> {
  const own = await connect(target, 'migrate-cleanup', [
    ...UNLIMITED.filter(([name]) => name !== 'lock_timeout'),
    ['lock_timeout', `${DROP_WAIT}ms`],
  ])
  try {
    if (lost) await send(own, TERMINATE, [pid, stepName(runId), TERMINATION_WAIT])
    const dropped: string[] = []
    const left: Undropped[] = []
    for (const index of await invalidIndexes(own, build, before, pid)) {
      await send(own, `DROP INDEX CONCURRENTLY IF EXISTS ${index}`).then(
        () => dropped.push(index),
        (error: Error) => left.push({ index, why: error.message }),
      )
    }
    return { dropped, left }
  } finally {
    await own.close()
  }
}

// the name may be anybody's by now
const TERMINATE = `
SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity
WHERE pid = $1 AND application_name = $2 AND datname = current_database()`

// an unnamed one is told by its table, a rebuilt one by how REINDEX calls what it has not finished
const INVALID = `
SELECT format('%I.%I', c.relnamespace::regnamespace::name, c.relname) AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' AND i.indexrelid <> ALL ($1::oid[])
  AND CASE WHEN $2 = 'reindex' THEN c.relname ~ '_cc(new|old)[0-9]*$'
    ELSE i.indrelid = $4::oid AND ($3::text IS NULL OR c.relname = $3) END
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
    WHERE p.pid <> $5 AND (p.index_relid = i.indexrelid
      OR ($2 = 'reindex' OR $3 IS NULL) AND (p.relid = i.indrelid OR p.relid IS NULL)))
ORDER BY 1`
