import type { Look } from '@fossawork/migrate'
import { targetOf } from '../map/tables.ts'
import { addTo, emptyFold, type Fold, sameFold } from './digest.ts'
import { rowsById } from './existing-rows.ts'
import type { Settled } from './settled.ts'
import type { Tools } from './tools.ts'
import type { RowIds } from './write.ts'

/** One user's rows of one table: what V1 says, and what was read back from the database. */
export interface Comparison {
  readonly userId: string
  readonly table: string
  readonly source: Fold
  readonly target: Fold
  /** Rows of earlier imports that V2 has changed or removed since; they are in neither. */
  changedInV2: number
}

export interface Reconciler {
  /** Reads the rows that these records became back from the database, and adds both sides up. */
  compare(settled: readonly Settled[], ids: RowIds): Promise<void>
  /** Per user and table, all that was compared. */
  comparisons(): readonly Comparison[]
  /** How long it took so far, in milliseconds. */
  spentMs(): number
}

/** Compares what is in the database with what V1 says, as soon as it is committed. Writes nothing. */
export function createReconciler(db: Look, tools: Tools): Reconciler {
  const all = new Map<string, Comparison>()
  let spent = 0
  const comparisonOf = (userId: string, table: string): Comparison => {
    const key = `${userId}\n${table}`
    let comparison = all.get(key)
    if (!comparison) {
      comparison = { userId, table, source: emptyFold(), target: emptyFold(), changedInV2: 0 }
      all.set(key, comparison)
    }
    return comparison
  }
  const compareTable = async (table: string, group: readonly Settled[], ids: RowIds) => {
    const idOf = (one: Settled): string => String(ids.get(one) ?? one.decision.targetId)
    const rows = await rowsById(db, targetOf(table), group.map(idOf), tools)
    for (const one of group) {
      const comparison = comparisonOf(one.record.userId, table)
      const source = String(one.row?.digest)
      const target = rows.get(idOf(one))?.digest
      const isWritten = one.decision.write === 'insert' || one.decision.write === 'update'
      if (source !== target && !isWritten) comparison.changedInV2++
      else {
        addTo(comparison.source, source)
        if (target !== undefined) addTo(comparison.target, target)
      }
    }
  }
  return {
    async compare(settled, ids) {
      const started = performance.now()
      const standing = settled.filter(
        ({ row, decision: { outcome } }) =>
          row && (outcome === 'imported' || outcome === 'unchanged'),
      )
      for (const [table, group] of Map.groupBy(standing, ({ record }) => record.table)) {
        await compareTable(table, group, ids)
      }
      spent += performance.now() - started
    },
    comparisons: () => [...all.values()],
    spentMs: () => spent,
  }
}

export const isEqual = ({ source, target }: Comparison): boolean => sameFold(source, target)
