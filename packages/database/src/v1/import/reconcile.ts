import type { Look } from '@fossawork/migrate'
import { type Target, targetOf } from '../map/tables.ts'
import { digestOf, type FoundRow, rowsById } from './existing-rows.ts'
import type { PreparedRow } from './prepared.ts'
import type { Settled } from './settled.ts'
import type { Tools } from './tools.ts'
import type { RowIds } from './write.ts'

/** One user's rows of one table: what V1 says, and what was read back from the database. */
export interface Comparison {
  readonly userId: string
  readonly table: string
  /** Rows that V1 has there. */
  source: number
  /** Those of them that are there. */
  target: number
  /** Those that are there and say something else. */
  different: number
  /** Rows of earlier imports that V2 has changed or removed since; they are in none of the others. */
  changedInV2: number
}

export interface Reconciler {
  /**
   * Reads the rows that these records became back from the database, in the transaction that wrote them: nobody else can
   * have changed them. Repeatable: nothing counts before {@link Reconciler.add}.
   */
  compare(settled: readonly Settled[], ids: RowIds): Promise<readonly Comparison[]>
  /** Adds up what was committed. */
  add(compared: readonly Comparison[]): void
  /** Per user and table, all that was compared. */
  comparisons(): readonly Comparison[]
  /** How long it took so far, in milliseconds. */
  spentMs(): number
}

/** Compares what is in the database with what V1 says. Writes nothing. */
export function createReconciler(db: Look, tools: Tools): Reconciler {
  const all = createTally()
  let spent = 0
  return {
    async compare(settled, ids) {
      const started = performance.now()
      const tally = createTally()
      const standing = settled.filter(
        ({ row, decision: { outcome } }) =>
          row && (outcome === 'imported' || outcome === 'unchanged'),
      )
      for (const [table, group] of Map.groupBy(standing, ({ record }) => record.table)) {
        const target = targetOf(table)
        const idOf = (one: Settled): string => String(ids.get(one) ?? one.decision.targetId)
        const rows = await rowsById(db, target, group.map(idOf), { tools, lock: false })
        for (const one of group) {
          count(tally.of(one.record.userId, table), one, {
            isThere: rows.has(idOf(one)),
            isSame: isSame(target, rows.get(idOf(one)), one.row, tools),
          })
        }
      }
      spent += performance.now() - started
      return tally.comparisons()
    },
    add(compared) {
      for (const { userId, table, ...counts } of compared) {
        const comparison = all.of(userId, table)
        for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
          comparison[name] += counts[name]
        }
      }
    },
    comparisons: all.comparisons,
    spentMs: () => spent,
  }
}

/** Text by text; what was sealed at another time is told by what it means. */
const isSame = (
  target: Target,
  found: FoundRow | undefined,
  row: PreparedRow | null,
  tools: Tools,
): boolean => {
  if (!found || !row) return false
  const isAlike = row.texts.every((text, at) => text === found.texts[at])
  return isAlike || digestOf(target, found, tools) === row.digest
}

function count(
  comparison: Comparison,
  { decision }: Settled,
  { isThere, isSame }: { readonly isThere: boolean; readonly isSame: boolean },
): void {
  const isWritten = decision.write === 'insert' || decision.write === 'update'
  if (!isSame && !isWritten) comparison.changedInV2++
  else {
    comparison.source++
    if (isThere) comparison.target++
    if (isThere && !isSame) comparison.different++
  }
}

function createTally() {
  const byUser = new Map<string, Map<string, Comparison>>()
  return {
    of(userId: string, table: string): Comparison {
      const tables = byUser.get(userId) ?? new Map<string, Comparison>()
      byUser.set(userId, tables)
      let comparison = tables.get(table)
      if (!comparison) {
        comparison = { userId, table, source: 0, target: 0, different: 0, changedInV2: 0 }
        tables.set(table, comparison)
      }
      return comparison
    },
    comparisons: () => [...byUser.values()].flatMap((tables) => [...tables.values()]),
  }
}

export const isEqual = ({ source, target, different }: Comparison): boolean =>
  source === target && different === 0
