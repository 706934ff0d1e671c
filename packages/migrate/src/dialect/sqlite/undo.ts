import type { Difference } from '../../schema/diff.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { inPlace, type Undo, type UndoStage } from '../../schema/undo.ts'
import { folded } from './catalogue.ts'
import { createWithin, mentions } from './create.ts'
import { dropStatements } from './drop.ts'
import { rebuildTable } from './rebuild.ts'

/**
 * What takes a difference back: what is missing is made, what is unexpected is dropped. What ALTER TABLE cannot change is
 * put right by making the table anew. Null where no rows could be brought over: a virtual table that differs.
 */
export function undo(difference: Difference, stage: UndoStage): Undo | null {
  const { expected: wanted, actual } = difference
  const { after } = stage
  const fact = (wanted ?? actual) as Fact
  switch (fact.kind) {
    case 'index':
    case 'trigger':
    case 'view':
      return keeping([
        ...(actual ? dropStatements([actual]) : []),
        ...(wanted ? createWithin([wanted], after) : []),
      ])
    case 'table':
      if (!wanted) return { statements: [], destroys: dropTable(fact, stage.now) }
      if (!actual)
        return keeping(createWithin([wanted, ...partsOfTable(wanted.name, after)], after))
      return wanted.is.virtual !== undefined || actual.is.virtual !== undefined
        ? null
        : rebuildTable(wanted, stage)
    case 'column':
      if (!actual && wanted && canBeAdded(wanted, after))
        return keeping(createWithin([wanted], after))
      // refused, with nothing done, where an index or a constraint still needs it: those are differences of their own
      if (!wanted) return dropColumn(fact)
      return rebuildOf(fact, stage)
    case 'primary_key':
    case 'unique':
    case 'foreign_key':
    case 'check':
      return rebuildOf(fact, stage)
    default:
      return null
  }
}

const keeping = (statements: readonly string[]): Undo => ({ statements, destroys: [] })

function dropColumn(column: Fact): Undo {
  const statements = dropStatements([column])
  return column.is.generated === undefined
    ? { statements: [], destroys: statements }
    : keeping(statements)
}

/** Without foreign keys, so that no row of a table that refers to it is deleted with it. */
function dropTable(table: Fact, now: Snapshot): string[] {
  const isReferred = [...now.values()].some(
    ({ kind, table: other, is }) =>
      kind === 'foreign_key' &&
      other !== table.name &&
      folded(String(is.references)) === folded(table.name),
  )
  const drop = dropStatements([table])
  return isReferred ? ['PRAGMA foreign_keys = OFF', ...drop, 'PRAGMA foreign_keys = ON'] : drop
}

/** Whether ALTER TABLE ADD COLUMN makes it: no constraint of the table speaks of it, and it has one value for old rows. */
function canBeAdded(column: Fact, after: Snapshot): boolean {
  const { generated, notNull } = column.is
  const value = column.is.default ?? null
  if (/ stored$/.test(String(generated ?? ''))) return false
  if (value === null ? notNull && generated === undefined : !CONSTANT.test(String(value)))
    return false
  const constraints = partsOfTable(column.table, after).filter(({ kind }) => CONSTRAINTS.has(kind))
  return !constraints.some(({ is }) => mentions(Object.values(is).flat().join(' '), column.name))
}

/** A number, a string or a blob. */
const CONSTANT = /^(?:-?[\d.]+(?:e[+-]?\d+)?|x?'(?:[^']|'')*')$/i

const CONSTRAINTS: ReadonlySet<string> = new Set(['primary_key', 'unique', 'foreign_key', 'check'])

function rebuildOf(fact: Fact, stage: UndoStage): Undo | null {
  const table = stage.after.get(`table ${fact.table}`)
  return table ? rebuildTable(table, stage) : null
}

const partsOfTable = (table: string | null, schema: Snapshot): Fact[] =>
  inPlace([...schema.values()].filter((fact) => fact.table === table))
