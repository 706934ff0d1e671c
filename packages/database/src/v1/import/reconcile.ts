import type { Look } from '@fossawork/migrate'
import { targetOf } from '../map/tables.ts'
import { recordsOf } from './books.ts'
import { addTo, emptyFold, type Fold, sameFold } from './digest.ts'
import { rowsById } from './existing-rows.ts'
import { type Ledger, ledgerKey } from './ledger.ts'
import type { Tools } from './tools.ts'

/** One user's rows of one table: what V1 says, and what was read back from the database. */
export interface Comparison {
  readonly userId: string
  readonly table: string
  readonly source: Fold
  readonly target: Fold
  /** Rows of earlier imports that V2 has changed or removed since; they are in neither. */
  changedInV2: number
}

/**
 * Reads every row that a user's records became back from the database, through the records that the import keeps, and
 * compares it with what V1 says. Writes nothing.
 */
export async function reconcile(db: Look, ledger: Ledger, tools: Tools): Promise<Comparison[]> {
  const comparisons = new Map<string, Comparison>()
  const of = (table: string): Comparison => {
    let comparison = comparisons.get(table)
    if (!comparison) {
      const { userId } = ledger
      comparison = { userId, table, source: emptyFold(), target: emptyFold(), changedInV2: 0 }
      comparisons.set(table, comparison)
    }
    return comparison
  }
  const open = new Map(ledger.rows)
  for await (const records of recordsOf(db, ledger.userId)) {
    const expected = records.filter(({ table, identity }) => open.has(ledgerKey(table, identity)))
    for (const [table, group] of Map.groupBy(expected, (record) => record.table)) {
      const comparison = of(table)
      const ids = group.map(({ targetId }) => String(targetId))
      const rows = await rowsById(db, targetOf(table), ids, tools)
      for (const { identity, targetId } of group) {
        const key = ledgerKey(table, identity)
        const source = open.get(key)
        open.delete(key)
        const target = rows.get(String(targetId))
        if (target?.digest !== source?.digest && !source?.isWritten) {
          comparison.changedInV2++
          continue
        }
        addTo(comparison.source, String(source?.digest))
        if (target) addTo(comparison.target, target.digest)
      }
    }
  }
  // what has no record was not written
  for (const [key, { digest }] of open) addTo(of(key.slice(0, key.indexOf('\n'))).source, digest)
  return [...comparisons.values()]
}

export const isEqual = ({ source, target }: Comparison): boolean => sameFold(source, target)
