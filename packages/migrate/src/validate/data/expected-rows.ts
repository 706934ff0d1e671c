import type { ExpectedRows } from '../../config/expectations.ts'
import type { Finding } from '../../finding.ts'
import { type Check, skipped, withExamples } from '../check.ts'
import type { Scene } from '../scene.ts'
import { tablesOf } from './scan.ts'
import { quoted, type Table } from './tables.ts'

/** Rows that the migrations brought are there, and switched on. */
export const expectedRows = (category: ExpectedRows['category']): Check => ({
  category,
  name: 'expected rows',
  async run(scene) {
    const expected = scene.settings.expectations
      .filter((one) => one.kind === 'rows')
      .filter((one) => one.category === category)
    const tables = await tablesOf(scene)
    const there = expected.flatMap((rows) => {
      const table = tables.get(rows.table)
      return table ? [{ rows, table }] : []
    })
    if (there.length === 0) return skipped('No rows are expected.')
    const findings: Finding[] = []
    for (const { rows, table } of there) findings.push(...(await compare(scene, rows, table)))
    return { checked: there.reduce((sum, { rows }) => sum + rows.rows.length, 0), findings }
  },
})

async function compare(
  { session }: Scene,
  { name, table: at, key, rows, active }: ExpectedRows,
  { from }: Table,
): Promise<Finding[]> {
  const keys = rows.map((row) => String(row[key]))
  const places = keys.map((_, index) => `$${index + 1}`).join(', ')
  const found = await session.query<{ key: string; active: boolean | number | null }>(
    `SELECT ${quoted(key)} AS key, ${quoted(active)} AS active FROM ${from} WHERE ${quoted(key)} IN (${places})`,
    keys,
  )
  const isActive = new Map(found.rows.map(({ key, active }) => [String(key), Boolean(active)]))
  const about = (code: 'ROW_MISSING' | 'ROW_INACTIVE', some: readonly string[]): Finding[] => {
    if (some.length === 0) return []
    const isMissing = code === 'ROW_MISSING'
    const finding: Finding = {
      code,
      severity: isMissing ? 'error' : 'warning',
      message: `${some.length} of ${keys.length} ${name} ${isMissing ? 'are missing from' : 'are switched off in'} ${at}.`,
      at: { object: at },
      count: some.length,
      fix: `\`validate --fix\` ${isMissing ? 'adds them' : 'switches them on'}.`,
      mend: { kind: 'seed_rows', table: at, keys: some },
    }
    return [
      withExamples(
        finding,
        some.map((one) => `${key} ${one}`),
      ),
    ]
  }
  return [
    ...about(
      'ROW_MISSING',
      keys.filter((one) => !isActive.has(one)),
    ),
    ...about(
      'ROW_INACTIVE',
      keys.filter((one) => isActive.get(one) === false),
    ),
  ]
}
