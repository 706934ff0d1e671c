import type { Difference } from '../../schema/diff.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { createWithin, mentions } from './create.ts'
import { dropStatements } from './drop.ts'
import { rebuildTable } from './rebuild.ts'

/**
 * Statements that take a difference back: what is missing is made, what is unexpected is dropped with what it holds. What
 * ALTER TABLE cannot change is put right by a rebuild of the table. Null where no rows could be brought over: a virtual
 * table that differs.
 */
export function undoStatements(difference: Difference, expected: Snapshot): string[] | null {
  const { expected: wanted, actual } = difference
  const fact = (wanted ?? actual) as Fact
  switch (fact.kind) {
    case 'index':
    case 'trigger':
    case 'view':
      return [
        ...(actual ? dropStatements([actual]) : []),
        ...(wanted ? createWithin([wanted], expected) : []),
      ]
    case 'table':
      if (!wanted) return dropStatements([fact])
      if (!actual) return createWithin([wanted, ...partsOfTable(wanted.name, expected)], expected)
      return wanted.is.virtual !== undefined || actual.is.virtual !== undefined
        ? null
        : rebuildTable(wanted, expected, null)
    case 'column':
      if (!actual && wanted && canBeAdded(wanted, expected)) return createWithin([wanted], expected)
      // refused, with nothing done, where an index or a constraint still needs it: those are differences of their own
      if (!wanted) return dropStatements([fact])
      return rebuildOf(fact, expected, actual ? null : fact.name)
    case 'primary_key':
    case 'unique':
    case 'foreign_key':
    case 'check':
      return rebuildOf(fact, expected, null)
    default:
      return null
  }
}

/** Whether ALTER TABLE ADD COLUMN makes it: no constraint of the table speaks of it, and it has one value for old rows. */
function canBeAdded(column: Fact, expected: Snapshot): boolean {
  const { generated, notNull } = column.is
  const value = column.is.default ?? null
  if (/ stored$/.test(String(generated ?? ''))) return false
  if (value === null ? notNull && generated === undefined : !CONSTANT.test(String(value)))
    return false
  const constraints = partsOfTable(column.table, expected).filter(({ kind }) =>
    CONSTRAINTS.has(kind),
  )
  return !constraints.some(({ is }) => mentions(Object.values(is).flat().join(' '), column.name))
}

/** A number, a string or a blob. */
const CONSTANT = /^(?:-?[\d.]+(?:e[+-]?\d+)?|x?'(?:[^']|'')*')$/i

const CONSTRAINTS: ReadonlySet<string> = new Set(['primary_key', 'unique', 'foreign_key', 'check'])

/** `missing`: the column that is not there to be copied. */
function rebuildOf(fact: Fact, expected: Snapshot, missing: string | null): string[] | null {
  const table = expected.get(`table ${fact.table}`)
  return table ? rebuildTable(table, expected, missing) : null
}

const partsOfTable = (table: string | null, expected: Snapshot): Fact[] =>
  [...expected.values()].filter((fact) => fact.table === table)
