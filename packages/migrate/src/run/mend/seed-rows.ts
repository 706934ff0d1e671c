import type { Expectation, ExpectedRows } from '../../config/expectations.ts'
import type { Writer } from '../../dialect/session.ts'
import type { Mend } from '../../finding.ts'
import { columnList, quoteName, tableSql } from '../../schema/names.ts'
import type { Snapshot } from '../../schema/snapshot.ts'

/** What seeding works with. */
interface Seeding {
  readonly writer: Pick<Writer, 'query'>
  readonly expectations: readonly Expectation[]
  readonly live: Snapshot
}

/** Adds the expected rows that are missing, and switches on those that are off; how many there were. */
export async function seedRows(
  { writer, expectations, live }: Seeding,
  { table, keys }: Extract<Mend, { kind: 'seed_rows' }>,
): Promise<number> {
  const into = tableSql(live, table)
  let seeded = 0
  for (const { expected, row } of rowsOf(expectations, table, keys)) {
    const [key, active] = [quoteName(expected.key), quoteName(expected.active)]
    const known = await writer.query(`SELECT 1 FROM ${into} WHERE ${key} = $1`, [row[expected.key]])
    if (known.rows.length > 0) {
      const { affected } = await writer.query(
        `UPDATE ${into} SET ${active} = $1 WHERE ${key} = $2 AND (${active} IS NULL OR NOT ${active})`,
        [true, row[expected.key]],
      )
      seeded += affected
    } else {
      const whole = { ...row, [expected.active]: true }
      const names = Object.keys(whole)
      const { affected } = await writer.query(
        `INSERT INTO ${into} (${columnList(names)}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
        Object.values(whole),
      )
      seeded += affected
    }
  }
  return seeded
}

const rowsOf = (expectations: readonly Expectation[], table: string, keys: readonly string[]) =>
  expectations
    .filter((expectation): expectation is ExpectedRows => expectation.kind === 'rows')
    .filter((expected) => expected.table === table)
    .flatMap((expected) => expected.rows.map((row) => ({ expected, row })))
    .filter(({ expected, row }) => keys.includes(String(row[expected.key])))
