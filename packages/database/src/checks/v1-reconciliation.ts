import type { CheckLook, Finding, ProjectCheck } from '@fossawork/migrate'
import { booksExist } from '../v1/import/books.ts'
import { TARGETS } from '../v1/map/tables.ts'

/**
 * What the books of the V1 imports say against what is there: every row that a record became, and every file's records
 * with one outcome each. V2 may have deleted a row on purpose, so that a missing one is a warning.
 */
export const v1Reconciliation: ProjectCheck = {
  category: 'data',
  name: 'V1 reconciliation',
  needs: ['v001_initial_schema'],
  async run(look) {
    if (!(await booksExist(look))) {
      return { checked: 0, findings: [], skipped: 'Nothing of V1 was imported.' }
    }
    const tables = await compareRows(look)
    const findings = [...(await wrongCounts(look))]
    for (const { table, missing } of tables) {
      if (missing > 0) findings.push(await missingRows(look, table, missing))
    }
    return { checked: tables.reduce((sum, { records }) => sum + records, 0), findings }
  },
}

interface Compared {
  readonly table: string
  readonly records: number
  readonly missing: number
}

/** Records that stand for a row, as `r`. */
const STANDING = `v1_import_records AS r
  WHERE r.outcome IN ('imported', 'unchanged') AND r.target_id IS NOT NULL`

/** All in one pass through the books: a row is looked for by its id, in its own table. */
async function compareRows({ query, dialect }: CheckLook): Promise<readonly Compared[]> {
  const cases = TARGETS.map(
    ({ name, id }) => `WHEN '${name}' THEN ${isThere({ name, id }, dialect)}`,
  )
  const { rows } = await query<Compared>(
    `SELECT r.target_table AS "table", count(*) AS records,
       count(*) FILTER (WHERE NOT CASE r.target_table ${cases.join(' ')} END) AS missing
     FROM ${STANDING} GROUP BY r.target_table ORDER BY r.target_table`,
  )
  return rows
}

type Place = Pick<(typeof TARGETS)[number], 'name' | 'id'>

function isThere({ name, id }: Place, dialect: CheckLook['dialect']): string {
  const number = dialect === 'sqlite' ? 'CAST(r.target_id AS INTEGER)' : 'r.target_id::bigint'
  return `EXISTS (SELECT 1 FROM ${name} AS t WHERE t.id = ${id === 'number' ? number : 'r.target_id'})`
}

async function missingRows(look: CheckLook, table: string, missing: number): Promise<Finding> {
  const place = TARGETS.find(({ name }) => name === table) as Place
  const { rows } = await look.query<{ user_id: string; records: number; missing: number }>(
    `SELECT r.user_id, count(*) AS records, count(*) FILTER (WHERE NOT ${isThere(place, look.dialect)}) AS missing
     FROM ${STANDING} AND r.target_table = $1 GROUP BY r.user_id ORDER BY 3 DESC, 1 LIMIT 3`,
    [table],
  )
  return {
    code: 'IMPORT_DIFFERS',
    severity: 'warning',
    message: `${missing.toLocaleString('en')} rows of ${table} that V1's records became are not there any more.`,
    at: { object: table },
    count: missing,
    examples: rows
      .filter((user) => user.missing > 0)
      .map(
        (user) =>
          `${user.user_id ? `user ${user.user_id}` : 'no user'}: ${user.missing} of ${user.records}`,
      ),
    fix: 'Nothing, if V2 has deleted them; else look for them in a backup.',
  }
}

const SUM = 'imported + merged + unchanged + conflict + quarantined'

/** Files and imports whose records did not all come to one outcome. */
async function wrongCounts({ query }: CheckLook): Promise<Finding[]> {
  const { rows } = await query<{ place: string; id: string; wrong: number }>(
    `SELECT 'v1_import_files' AS place, min(CAST(id AS TEXT)) AS id, count(*) AS wrong
       FROM v1_import_files WHERE "read" <> ${SUM}
     UNION ALL SELECT 'v1_imports', min(id), count(*) FROM v1_imports WHERE "read" <> ${SUM}`,
  )
  return rows
    .filter(({ wrong }) => wrong > 0)
    .map(({ place, id, wrong }) => ({
      code: 'IMPORT_DIFFERS',
      severity: 'error',
      message: `${wrong} rows of ${place} do not add up: each record that was read has exactly one outcome.`,
      at: { object: place },
      count: wrong,
      examples: [`id ${id}`],
      fix: `The books were changed by hand. To see them: SELECT * FROM ${place} WHERE "read" <> ${SUM}`,
    }))
}
