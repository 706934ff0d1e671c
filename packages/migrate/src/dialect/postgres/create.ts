import { type Fact, type Snapshot, snapshotOf } from '../../schema/snapshot.ts'
import { addConstraint } from './create-constraint.ts'
import {
  createFunction,
  createPolicy,
  createSequence,
  createTrigger,
  createType,
  createView,
  rowSecurity,
} from './create-object.ts'
import { addColumn, createIndex, createTable } from './create-table.ts'
import { dependentsFirst, type Thing, thingOf } from './dependencies.ts'
import { factName, listOf, literal, quote, textIn } from './fact-names.ts'
import { ownedSequences } from './owned-sequences.ts'

/**
 * Statements that make these facts: types, sequences, functions, tables and views in the order of their dependencies,
 * then indexes, foreign keys, policies and triggers. What a column of the facts takes its default from and is no fact
 * itself is taken for the column's own sequence. Facts that say too little are left out: a foreign table, a function in
 * C, a view from a generated file. All may run in one transaction.
 */
export const createStatements = (facts: readonly Fact[]): string[] =>
  createWithin(facts, snapshotOf(facts))

/** `known` is the schema that the facts are of: it tells which sequences stand by themselves. */
export function createWithin(facts: readonly Fact[], known: Snapshot): string[] {
  const of = (...kinds: readonly Fact['kind'][]): Fact[] =>
    facts.filter(({ kind }) => kinds.includes(kind))
  const tables = parentsFirst(of('table').filter(({ is }) => !is.foreign))
  const made = new Set(of('table').map(({ name }) => name))
  const constraints = of('primary_key', 'unique', 'check', 'exclusion')
  // CREATE TABLE would take a constraint that is not proven for proven
  const isInside = ({ table, is }: Fact): boolean =>
    made.has(table ?? '') && (!is.notValid || is.notEnforced === true)
  const inside = Map.groupBy(
    [...of('column'), ...constraints.filter(isInside)],
    (fact) => fact.table,
  )
  const partsOf = ({ name }: Fact): Fact[] => inside.get(name) ?? []
  const added = of('column').filter(({ table }) => !made.has(table ?? ''))
  const routines = of('function')
  const owned = ownedSequences(of('column'), known)

  const things: Thing[] = [
    ...of('type').map((fact) => thingOf('type', [fact], [createType(fact)])),
    ...of('sequence').map((fact) => thingOf('sequence', [fact], [createSequence(fact)])),
    ...routines.map((fact) => thingOf('function', [fact], orNone(createFunction(fact)))),
    thingOf(
      'tables',
      tables.map(withoutPolicies),
      [...owned.before, ...tables.flatMap((table) => createTable(table, partsOf(table)))],
      tables.flatMap(partsOf),
    ),
    thingOf('changes', [], [...owned.before, ...added.map(addColumn)], added),
    ...of('view').map((fact) => thingOf('view', [fact], orNone(createView(fact)))),
  ]
  const statements = [
    ...dependentsFirst(things)
      .reverse()
      .flatMap((thing) => thing.statements),
    ...owned.after,
    ...constraints.filter((fact) => !isInside(fact)).map(addAsItIs),
    ...of('index').map(createIndex),
    ...of('foreign_key').map(addAsItIs),
    ...tables.flatMap((table) => [
      ...(table.is.rowSecurity ? [rowSecurity(table)] : []),
      ...listOf(table, 'policies').map((policy) => createPolicy(table, policy)),
    ]),
    ...of('trigger').flatMap(createTrigger),
  ]
  const bodies = routines.some(({ is }) => is.language === 'sql' && !is.parsed)
  return [
    ...schemasOf(of('table', 'view', 'function', 'sequence', 'type')),
    ...of('extension').map(createExtension),
    // what a body speaks of may come later
    ...(bodies ? ['SET check_function_bodies = off'] : []),
    ...new Set(statements),
    ...(bodies ? ['RESET check_function_bodies'] : []),
  ]
}

const addAsItIs = (fact: Fact): string => addConstraint(fact, !fact.is.notValid)

const orNone = (statement: string | null): string[] => (statement === null ? [] : [statement])

const withoutPolicies = (table: Fact): Fact => {
  const { policies: _, ...is } = table.is
  return { ...table, is }
}

const schemasOf = (facts: readonly Fact[]): string[] =>
  [...new Set(facts.flatMap((fact) => textIn(fact, 'schema') ?? []))].map(
    (schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`,
  )

const createExtension = (fact: Fact): string =>
  `CREATE EXTENSION ${quote(fact.name)} VERSION ${literal(String(fact.is.version))}`

/** Partitions and children of inheritance after the tables that they come from. */
function parentsFirst(tables: readonly Fact[]): Fact[] {
  const byName = new Map(tables.map((table) => [table.name, table]))
  const ordered = new Set<Fact>()
  const visit = (table: Fact): void => {
    for (const parent of [textIn(table, 'partitionOf') ?? [], listOf(table, 'inherits')].flat()) {
      const found = byName.get(factName(parent))
      if (found && found !== table) visit(found)
    }
    ordered.add(table)
  }
  for (const table of tables) visit(table)
  return [...ordered]
}
