import type { Fact } from '../../schema/snapshot.ts'
import { dependentsFirst, type Thing, thingOf } from './dependencies.ts'
import { nameOf, qualified, quote, sortOf, tableOf } from './fact-names.ts'

/**
 * Statements that remove these facts without CASCADE: what depends on something goes before it. A table or view
 * takes its columns, constraints, indexes and triggers along.
 */
export function dropStatements(facts: readonly Fact[]): string[] {
  const tables = facts.filter((fact) => fact.kind === 'table')
  const views = facts.filter((fact) => fact.kind === 'view')
  const going = new Set([...tables, ...views].map((fact) => fact.name))
  const partsByTable = Map.groupBy(facts, (fact) => fact.table)
  const onKept = facts.filter((fact) => fact.table !== null && !going.has(fact.table))
  const partsOf = ({ name }: Fact): Fact[] => partsByTable.get(name) ?? []
  const ofKept = (kind: Fact['kind']): Fact[] => onKept.filter((fact) => fact.kind === kind)
  const extensions = facts.filter((fact) => fact.kind === 'extension')

  const things = [
    ...views.map((view) => thingOf('view', [view], drop([view]), partsOf(view))),
    ...facts
      .filter((fact) => fact.kind === 'function')
      .map((fact) => thingOf('function', [fact], drop([fact]))),
    // tables in one statement, so that foreign keys among them do not matter
    thingOf(
      'tables',
      tables,
      [tables.filter((fact) => fact.is.foreign), tables.filter((fact) => !fact.is.foreign)].flatMap(
        drop,
      ),
      tables.flatMap(partsOf),
    ),
    changesThing(onKept),
    ...facts
      .filter((fact) => fact.kind === 'sequence' || fact.kind === 'type')
      .map((fact) => thingOf(fact.kind as 'sequence' | 'type', [fact], drop([fact]))),
  ]
  return [
    ...ofKept('trigger').map((fact) => `DROP TRIGGER ${quote(fact.name)} ON ${tableOf(fact)}`),
    ...ofKept('foreign_key').map(dropConstraint),
    ...dependentsFirst(things).flatMap((thing) => thing.statements),
    ...(extensions.length > 0
      ? [`DROP EXTENSION ${extensions.map((fact) => quote(fact.name)).join(', ')}`]
      : []),
  ]
}

/** Things of one sort. */
const drop = (facts: readonly Fact[]): string[] =>
  facts[0] ? [`DROP ${sortOf(facts[0])} ${facts.map(nameOf).join(', ')}`] : []

/** What goes from tables that stay, triggers and foreign keys apart. */
function changesThing(facts: readonly Fact[]): Thing {
  const of = (kind: Fact['kind']): Fact[] => facts.filter((fact) => fact.kind === kind)
  const columns = of('column')
  return thingOf(
    'changes',
    [],
    [
      ...[...of('check'), ...of('exclusion')].map(dropConstraint),
      ...of('index').map((fact) => `DROP INDEX ${qualified(fact, fact.name)}`),
      ...[...of('unique'), ...of('primary_key')].map(dropConstraint),
      // a generated column depends on the others
      ...[
        ...columns.filter((fact) => fact.is.generated !== undefined),
        ...columns.filter((fact) => fact.is.generated === undefined),
      ].map((fact) => `ALTER TABLE ${tableOf(fact)} DROP COLUMN ${quote(fact.name)}`),
    ],
    facts,
  )
}

/** Checks and exclusions go by their own name, the others by their columns. */
export const dropConstraint = (fact: Fact): string =>
  `ALTER TABLE ${tableOf(fact)} DROP CONSTRAINT ${quote(String(fact.is.name ?? fact.name))}`
