import type { Dialect } from '../dialect/port.ts'
import { type Difference, diffSnapshots, factOf } from '../schema/diff.ts'
import { afterRenames, findRenames } from '../schema/renames.ts'
import type { Fact, Snapshot } from '../schema/snapshot.ts'
import { onceUndone, UNDONE_ELSEWHERE, type Undo } from '../schema/undo.ts'
import { splitByLoss } from '../schema/undo-late.ts'

/** A difference, and what undoes it: null where SQL cannot say it. */
export interface Planned<D> {
  readonly difference: D
  readonly undo: Undo | null
}

type UndoPort = Pick<Dialect, 'undo' | 'renameStatements'>

/**
 * What undoes the differences between `live` and `expected`, in an order that works: what was renamed is named as before,
 * then all that loses nothing is undone, and last comes what takes rows or values along.
 */
export async function planUndo<D extends Difference>(
  dialect: UndoPort,
  differences: readonly D[],
  live: Snapshot,
  expected: Snapshot,
): Promise<Planned<D>[]> {
  const renames = findRenames(differences, live, expected)
  const start = afterRenames(live, renames)
  const left = renames.length === 0 ? [] : diffSnapshots(expected, start)
  const of = (difference: Difference): Difference | undefined =>
    renames.length === 0
      ? difference
      : left.find(({ key, kind }) => key === difference.key && kind === difference.kind)
  const renamed: Planned<D>[] = []
  for (const { from, to } of renames) {
    const difference = differences.find(({ expected: wanted }) => wanted === to) as D
    const own = left.filter(
      (one) => isPartOf(to, factOf(one)) && !differences.some(({ key }) => key === one.key),
    )
    const parts = await undoAll(dialect, own, start, expected)
    renamed.push({
      difference,
      undo: {
        statements: [
          ...(await dialect.renameStatements(from, to)),
          ...parts.flatMap(({ undo }) => undo?.statements ?? []),
        ],
        destroys: parts.flatMap(({ undo }) => undo?.destroys ?? []),
      },
    })
  }
  const isRenamed = (one: D): boolean => renamed.some(({ difference }) => difference === one)
  const others = differences.filter((one) => !isRenamed(one))
  const pairs = others.flatMap((one) => {
    const difference = of(one)
    return difference ? [{ ...difference, one }] : []
  })
  const undone = await undoAll(dialect, pairs, start, expected)
  const planned = undone.map(({ difference, undo }) => ({ difference: difference.one, undo }))
  const elsewhere = others
    .filter((one) => !of(one))
    .map((difference) => ({ difference, undo: UNDONE_ELSEWHERE }))
  return [...renamed, ...elsewhere, ...planned]
}

const isPartOf = (to: Fact, { table }: Fact): boolean =>
  table !== null && table === (to.kind === 'table' ? to.name : to.table)

async function undoAll<D extends Difference>(
  dialect: UndoPort,
  differences: readonly D[],
  live: Snapshot,
  expected: Snapshot,
): Promise<Planned<D>[]> {
  const { soon, late } = splitByLoss(differences, live)
  const done = new Set<D>()
  const planned: Planned<D>[] = []
  let now = live
  for (const difference of [...soon, ...late]) {
    if (done.has(difference)) {
      planned.push({ difference, undo: UNDONE_ELSEWHERE })
      continue
    }
    let after = onceUndone(now, difference, expected)
    let undo = await dialect.undo(difference, { now, after, expected })
    if (undo?.remade) {
      // a table is made anew only once
      for (const one of soon.filter((other) => isOfTable(other, tableOf(difference)))) {
        after = onceUndone(after, one, expected)
        done.add(one)
      }
      undo = await dialect.undo(difference, { now, after, expected })
    }
    planned.push({ difference, undo: waiting(undo, late.includes(difference)) })
    now = after
  }
  return planned
}

/** What has to wait for others that take rows along waits with them. */
const waiting = (undo: Undo | null, isLate: boolean): Undo | null =>
  undo && isLate ? { statements: [], destroys: [...undo.statements, ...undo.destroys] } : undo

const tableOf = (difference: Difference): string => {
  const { kind, table, name } = factOf(difference)
  return kind === 'table' ? name : (table ?? '')
}

/** What a table is made of; indexes and triggers are made by themselves. */
const isOfTable = (difference: Difference, table: string): boolean =>
  ['table', 'column', 'primary_key', 'unique', 'foreign_key', 'check'].includes(
    factOf(difference).kind,
  ) && tableOf(difference) === table
