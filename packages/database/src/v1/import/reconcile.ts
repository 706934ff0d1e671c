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
  /**
   * Reads the rows that these records became back from the database, in the transaction that wrote them: nobody else can
   * have changed them. Repeatable: nothing counts before {@link Reconciler.add}.
   */
  compare(settled: readonly Settled[], ids: RowIds): Promise<readonly Compared[]>
  /** Adds up what was committed. */
  add(compared: readonly Compared[]): void
  /** Per user and table, all that was compared. */
  comparisons(): readonly Comparison[]
  /** How long it took so far, in milliseconds. */
  spentMs(): number
}

/** One row, on both sides. */
export interface Compared {
  readonly userId: string
  readonly table: string
  readonly source: string
  /** Null where it is not there. */
  readonly target: string | null
  readonly isWritten: boolean
}

/** Compares what is in the database with what V1 says. Writes nothing. */
export function createReconciler(db: Look, tools: Tools): Reconciler {
  const all = new Map<string, Comparison>()
  let spent = 0
  const compareTable = async (table: string, group: readonly Settled[], ids: RowIds) => {
    const idOf = (one: Settled): string => String(ids.get(one) ?? one.decision.targetId)
    const rows = await rowsById(db, targetOf(table), group.map(idOf), { tools, lock: false })
    return group.map((one): Compared => {
      const { record, row, decision } = one
      return {
        userId: record.userId,
        table,
        source: String(row?.digest),
        target: rows.get(idOf(one))?.digest ?? null,
        isWritten: decision.write === 'insert' || decision.write === 'update',
      }
    })
  }
  return {
    async compare(settled, ids) {
      const started = performance.now()
      const standing = settled.filter(
        ({ row, decision: { outcome } }) =>
          row && (outcome === 'imported' || outcome === 'unchanged'),
      )
      const compared: Compared[] = []
      for (const [table, group] of Map.groupBy(standing, ({ record }) => record.table)) {
        for (const one of await compareTable(table, group, ids)) compared.push(one)
      }
      spent += performance.now() - started
      return compared
    },
    add(compared) {
      for (const { userId, table, source, target, isWritten } of compared) {
        const comparison = comparisonOf(all, userId, table)
        if (source !== target && !isWritten) comparison.changedInV2++
        else {
          addTo(comparison.source, source)
          if (target !== null) addTo(comparison.target, target)
        }
      }
    },
    comparisons: () => [...all.values()],
    spentMs: () => spent,
  }
}

function comparisonOf(all: Map<string, Comparison>, userId: string, table: string): Comparison {
  const key = `${userId}\n${table}`
  let comparison = all.get(key)
  if (!comparison) {
    comparison = { userId, table, source: emptyFold(), target: emptyFold(), changedInV2: 0 }
    all.set(key, comparison)
  }
  return comparison
}

export const isEqual = ({ source, target }: Comparison): boolean => sameFold(source, target)
