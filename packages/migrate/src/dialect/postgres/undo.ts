import type { Difference } from '../../schema/diff.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { inPlace, UNDONE_ELSEWHERE, type Undo, type UndoStage } from '../../schema/undo.ts'
import { takesRows } from '../../schema/undo-late.ts'
import { createWithin } from './create.ts'
import { addConstraint, constraintName, validateConstraint } from './create-constraint.ts'
import { createFunction, createTrigger, enableTrigger, sequenceOptions } from './create-object.ts'
import { createIndex } from './create-table.ts'
import { dropConstraint, dropStatements } from './drop.ts'
import { factName, literal, nameOf, qualified, quote, tableOf } from './fact-names.ts'
import { inheritedAgain } from './inherited.ts'
import { grantStatements, undoAccess } from './undo-access.ts'
import { undoColumn } from './undo-column.ts'
import { undoTable, undoType } from './undo-table.ts'
import { undoView } from './undo-view.ts'

/**
 * What takes a difference back: what is missing is made, what is unexpected is dropped, what differs is altered in place.
 * Null where no statement can say it: another partition key, an enum's label too many, a view whose text is not known. A
 * column that is missing comes back as the last one, and without its values. All but the labels of an enum may run in one
 * transaction, so indexes are built without CONCURRENTLY.
 */
export function undo(difference: Difference, stage: UndoStage): Undo | null {
  const { expected: wanted, actual } = difference
  if (!wanted && actual) {
    const isInherited = inheritedAgain(actual, stage)
    if (isInherited !== null) return isInherited ? UNDONE_ELSEWHERE : null
  }
  const statements = statementsFor(difference, stage)
  if (statements === null || statements.length === 0) return null
  return takesRows(difference)
    ? { statements: [], destroys: statements }
    : { statements, destroys: [] }
}

function statementsFor(difference: Difference, { now, after }: UndoStage): string[] | null {
  const { expected: wanted, actual } = difference
  const { kind } = (wanted ?? actual) as Fact
  if (kind === 'grant' || kind === 'owner') return undoAccess(wanted, actual)
  if (!wanted)
    return actual ? [...withoutReferences(actual, now), ...dropStatements([actual])] : null
  return actual ? undoDifferent(wanted, actual, after) : createMissing(wanted, after)
}

/** Foreign keys of other tables stand in the way of a table: what is unexpected of them, too, refers to each other. */
const withoutReferences = (table: Fact, now: Snapshot): string[] =>
  table.kind === 'table'
    ? [...now.values()]
        .filter(
          (fact) =>
            fact.kind === 'foreign_key' &&
            fact.table !== table.name &&
            factName(String(fact.is.references)) === table.name,
        )
        .map(dropConstraint)
    : []

function createMissing(wanted: Fact, expected: Snapshot): string[] {
  if (wanted.kind === 'foreign_key' || wanted.kind === 'check') return addGently(wanted, expected)
  if (wanted.kind !== 'table') return createWithin([wanted], expected)
  if (wanted.is.foreign) return []
  // a table that is missing is one difference with all that belongs to it
  const parts = inPlace([...expected.values()].filter(({ table }) => table === wanted.name))
  return [...createWithin([wanted, ...parts], expected), ...grantStatements(parts)]
}

function undoDifferent(wanted: Fact, actual: Fact, expected: Snapshot): string[] | null {
  const differsOnlyIn = (part: string): boolean => changedParts(wanted, actual).join() === part
  switch (wanted.kind) {
    case 'column':
      return undoColumn(wanted, actual, expected)
    case 'table':
      return undoTable(wanted, actual)
    case 'type':
      return undoType(wanted, actual)
    case 'view':
      return undoView(wanted, actual, expected)
    case 'index':
      return differsOnlyIn('invalid')
        ? [`REINDEX INDEX ${qualified(wanted, wanted.name)}`]
        : [`DROP INDEX ${qualified(actual, actual.name)}`, createIndex(wanted)]
    case 'trigger':
      return differsOnlyIn('enabled')
        ? [enableTrigger(wanted)]
        : [...dropStatements([actual]), ...createTrigger(wanted)]
    case 'function':
      return undoFunction(wanted, actual)
    case 'sequence':
      return [`ALTER SEQUENCE ${nameOf(wanted)} ${sequenceOptions(wanted)}`]
    case 'extension':
      return [
        `ALTER EXTENSION ${quote(wanted.name)} UPDATE TO ${literal(String(wanted.is.version))}`,
      ]
    default:
      if (differsOnlyIn('name')) {
        return [
          `ALTER TABLE ${tableOf(wanted)} RENAME CONSTRAINT ${quote(constraintName(actual))} TO ${quote(constraintName(wanted))}`,
        ]
      }
      if (differsOnlyIn('notValid') && actual.is.notValid) return [validateConstraint(wanted)]
      return [dropConstraint(actual), ...addGently(wanted, expected)]
  }
}

/** Adds a constraint without a long lock: first for new rows, then the old ones are looked at beside other work. */
function addGently(wanted: Fact, expected: Snapshot): string[] {
  const partitioned = expected.get(`table ${wanted.table}`)?.is.partitionedBy !== undefined
  const inSteps = ['foreign_key', 'check'].includes(wanted.kind) && !partitioned
  if (wanted.is.notEnforced || (!inSteps && !wanted.is.notValid))
    return [addConstraint(wanted, true)]
  return [addConstraint(wanted, false), ...(wanted.is.notValid ? [] : [validateConstraint(wanted)])]
}

function undoFunction(wanted: Fact, actual: Fact): string[] | null {
  const replaceable = !changedParts(wanted, actual).some((part) =>
    ['kind', 'parameters', 'returns'].includes(part),
  )
  const create = createFunction(wanted, replaceable ? 'CREATE OR REPLACE' : 'CREATE')
  if (create === null) return null
  return [...(replaceable ? [] : dropStatements([actual])), create]
}

const changedParts = (wanted: Fact, actual: Fact): string[] =>
  [...new Set([...Object.keys(wanted.is), ...Object.keys(actual.is)])].filter(
    (part) => JSON.stringify(wanted.is[part]) !== JSON.stringify(actual.is[part]),
  )
