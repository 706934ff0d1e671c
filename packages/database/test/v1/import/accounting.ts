import assert from 'node:assert/strict'
import type { ImportOptions, ImportResult } from '../../../src/v1/import/import.ts'
import { TARGETS } from '../../../src/v1/map/tables.ts'
import { rawContent } from './content.ts'
import type { Scene } from './scene.ts'

const OUTCOMES = ['imported', 'merged', 'unchanged', 'conflict', 'quarantined'] as const
const COUNTS = ['read', ...OUTCOMES] as const

type Counts = ImportResult['report']['totals']

/** A dry run, which writes nothing, then the real one, which reports the same; its books are checked too. */
export async function importTwice(
  scene: Scene,
  v1Data: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportResult> {
  const before = await rawContent(scene)
  const dry = await scene.import(v1Data, { ...options, dryRun: true })
  assert.deepEqual(await rawContent(scene), before, 'a dry run writes nothing')
  assert.equal(dry.outcome, 'planned')
  const real = await scene.import(v1Data, options)
  assert.deepEqual(real.report, dry.report, 'a dry run tells what the real one does')
  await assertAccounted(scene, real)
  return real
}

/** Every record has one outcome: in the report, and in the books. */
export async function assertAccounted(scene: Scene, { report, importId }: ImportResult) {
  const { files, totals, quarantined } = report
  for (const file of files) assertSum(file.file, file)
  assertSum('all files', totals)
  for (const name of COUNTS) {
    assert.equal(sum(files.map((file) => file[name])), totals[name], `${name} of all files`)
  }
  assert.equal(sum(quarantined.map(({ count }) => count)), totals.quarantined)

  const columns = COUNTS.map((name) => `"${name}"`).join(', ')
  const kept = await scene.query(
    `SELECT file, user_id, ${columns} FROM v1_import_files WHERE import_id = '${importId}' ORDER BY id`,
  )
  assert.deepEqual(
    kept.map((row) => [row.file, row.user_id, ...COUNTS.map((name) => Number(row[name]))]),
    files.map((file) => [file.file, file.userId, ...COUNTS.map((name) => file[name])]),
  )
  const [own] = await scene.query(
    `SELECT status, ${columns} FROM v1_imports WHERE id = '${importId}'`,
  )
  assert.deepEqual(
    [own?.status, ...COUNTS.map((name) => Number(own?.[name]))],
    ['done', ...COUNTS.map((name) => totals[name])],
  )
}

function assertSum(what: string, counts: Counts): void {
  assert.equal(
    sum(OUTCOMES.map((name) => counts[name])),
    counts.read,
    `${what}: ${JSON.stringify(counts)}`,
  )
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Of an import into a database that had nothing: each record stands in the books, each row comes from one of them. */
export async function assertTraced(scene: Scene, { report }: ImportResult): Promise<void> {
  const records = await scene.query(
    `SELECT f.file, r.outcome, count(*) AS times FROM v1_import_records r
     JOIN v1_import_files f ON f.id = r.file_id GROUP BY f.file, r.outcome`,
  )
  const expected = report.files.flatMap((file) =>
    OUTCOMES.flatMap((name) => (file[name] > 0 ? [`${file.file} ${name} ${file[name]}`] : [])),
  )
  assert.deepEqual(
    records.map(({ file, outcome, times }) => `${file} ${outcome} ${times}`).sort(),
    expected.sort(),
  )
  for (const { name } of TARGETS) {
    const [row] = await scene.query(
      `SELECT count(*) AS rows, count(r.identity) AS traced FROM ${name} t
       LEFT JOIN v1_import_records r ON r.target_table = '${name}' AND r.outcome = 'imported'
         AND r.target_id = CAST(t.id AS TEXT)`,
    )
    assert.equal(Number(row?.traced), Number(row?.rows), `${name}: every row has its record`)
  }
}

/** The counts that are not zero. */
export const told = (counts: Counts): Partial<Counts> =>
  Object.fromEntries(COUNTS.flatMap((name) => (counts[name] ? [[name, counts[name]]] : [])))
