import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import type { UndoStage } from '../../schema/undo.ts'
import { factName, listOf, textIn } from './fact-names.ts'

/**
 * Whether a part that is unexpected becomes its parent's once its table is a partition, or a child, again: it holds the
 * table's rows. False where the table is one already, and the part only tells of it as its own; null for any other part.
 */
export function inheritedAgain(part: Fact, { now, expected }: UndoStage): boolean | null {
  if (part.table === null) return null
  const [wanted, there] = [expected, now].map((schema) => schema.get(`table ${part.table}`))
  const parents = parentsOf(wanted).filter((parent) => isOf(parent, part, expected))
  if (parents.length === 0) return null
  return !parents.every((parent) => parentsOf(there).includes(parent))
}

const parentsOf = (table: Fact | undefined): string[] =>
  [textIn(table, 'partitionOf') ?? [], listOf(table, 'inherits')].flat().map(factName)

const isOf = (parent: string, part: Fact, expected: Snapshot): boolean =>
  [...expected.values()].some(
    (fact) => fact.table === parent && fact.kind === part.kind && isLike(part, fact),
  )

/** Constraints and indexes of partitions have other names than their parents'. */
function isLike(part: Fact, parent: Fact): boolean {
  if (part.kind === 'column' || part.kind === 'check') return part.name === parent.name
  return definition(part) === definition(parent)
}

const definition = ({ is: { name: _, schema: __, ...is } }: Fact): string =>
  JSON.stringify(Object.entries(is).sort(([a], [b]) => (a < b ? -1 : 1)))
