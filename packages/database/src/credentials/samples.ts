import { asMigrateError, type Finding, type Work } from '@fossawork/migrate'
import { incomplete, incompleteAgain, inTheWay, untilDone } from './patience.ts'
import { PLACES } from './places.ts'
import { quarantineOf } from './tables.ts'
import { quoted } from './walk.ts'

/** Whether PostgreSQL keeps samples of several columns of a table together (CREATE STATISTICS). */
export async function hasJointSamples(work: Work, table: string): Promise<boolean> {
  const { rows } = await work.query(
    'SELECT 1 FROM pg_statistic_ext WHERE stxrelid = $1::regclass LIMIT 1',
    [quoted(table)],
  )
  return rows.length > 0
}

export async function isEmpty(work: Work, table: string): Promise<boolean> {
  const { rows } = await work.query(`SELECT 1 FROM ${table} LIMIT 1`)
  return rows.length === 0
}

/**
 * Drops the planner's samples of an empty table's secret columns, which ANALYZE leaves as they were. What PostgreSQL has for it
 * is a change of a column's type, here to the one that it has: no other statement may remove them but a superuser's.
 */
export async function dropSamples(work: Work, name: string, waitMs: number): Promise<Finding[]> {
  const columns = PLACES.filter(({ table }) => table === name || quarantineOf(table) === name).map(
    ({ column }) => column,
  )
  const { rows } = await work.query<{ column: string; type: string }>(SAMPLED, [
    quoted(name),
    columns,
  ])
  if (rows.length === 0) return []
  const table = quoted(name)
  const changes = rows.map(({ column, type }) => `ALTER COLUMN ${quoted(column)} TYPE ${type}`)
  const statement = `ALTER TABLE ${table} ${changes.join(', ')}`
  try {
    const done = await untilDone(work, waitMs, () =>
      work.query(statement).then(() => true, inTheWay),
    )
    if (done) return []
    return [incompleteAgain(`others kept ${table} locked.`, 'End what uses it for long.')]
  } catch (thrown) {
    // a view stands on the column, or this user is not its owner
    if (asMigrateError(thrown).code === 'INTERRUPTED') throw thrown
    return [
      incomplete(
        `the planner's samples of ${table}, which is empty by now, could not be dropped.`,
        `Let a superuser run: DELETE FROM pg_statistic WHERE starelid = '${table}'::regclass; VACUUM (FULL) pg_catalog.pg_statistic; then \`encrypt-credentials\` again.`,
      ),
    ]
  }
}

/** Of these columns, those that samples are kept of: the owner of a table sees them in pg_stats. */
const SAMPLED = `
SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid
JOIN pg_stats AS s ON (s.schemaname, s.tablename, s.attname) = (n.nspname, c.relname, a.attname)
WHERE c.oid = $1::regclass AND a.attname = ANY($2) AND NOT a.attisdropped`
