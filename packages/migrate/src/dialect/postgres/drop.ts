import type { Fact } from '../../schema/snapshot.ts'

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
    ...views.map((view) => viewThing(view, partsOf(view))),
    ...facts.filter((fact) => fact.kind === 'function').map(functionThing),
    tablesThing(tables, tables.flatMap(partsOf)),
    changesThing(onKept),
    ...facts.filter((fact) => fact.kind === 'sequence').map(sequenceThing),
    ...facts.filter((fact) => fact.kind === 'type').map(typeThing),
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

/** What is dropped at once, and what tells on what it depends. */
interface Thing {
  readonly kind: 'view' | 'function' | 'tables' | 'changes' | 'sequence' | 'type'
  /** Bare names that others may mention. */
  readonly names: readonly string[]
  /** Its definition, as far as PostgreSQL looks into it for dependencies. */
  readonly text: string
  readonly statements: readonly string[]
}

const viewThing = (fact: Fact, parts: readonly Fact[]): Thing => ({
  kind: 'view',
  names: [bareName(fact)],
  text: [fact, ...parts].map(textOf).join('\n'),
  statements: [
    `DROP ${fact.is.materialised ? 'MATERIALIZED VIEW' : 'VIEW'} ${qualified(fact, bareName(fact))}`,
  ],
})

function functionThing(fact: Fact): Thing {
  const name = bareName(fact)
  const open = name.indexOf('(')
  const { body, parsed, ...rest } = fact.is
  return {
    kind: 'function',
    names: [name.slice(0, open)],
    // a body that is a string is only read when it runs
    text: textOf({ ...fact, is: parsed ? fact.is : rest }) + name.slice(open),
    statements: [`DROP ROUTINE ${qualified(fact, name.slice(0, open))}${name.slice(open)}`],
  }
}

function tablesThing(tables: readonly Fact[], parts: readonly Fact[]): Thing {
  // in one statement, so that foreign keys among them do not matter
  const drop = (kind: string, some: readonly Fact[]): string[] =>
    some.length > 0
      ? [`DROP ${kind} ${some.map((fact) => qualified(fact, bareName(fact))).join(', ')}`]
      : []
  return {
    kind: 'tables',
    names: tables.map(bareName),
    text: [...tables, ...parts].map(textOf).join('\n'),
    statements: [
      ...drop(
        'FOREIGN TABLE',
        tables.filter((fact) => fact.is.foreign),
      ),
      ...drop(
        'TABLE',
        tables.filter((fact) => !fact.is.foreign),
      ),
    ],
  }
}

/** What goes from tables that stay, triggers and foreign keys apart. */
function changesThing(facts: readonly Fact[]): Thing {
  const of = (kind: Fact['kind']): Fact[] => facts.filter((fact) => fact.kind === kind)
  const columns = of('column')
  return {
    kind: 'changes',
    names: [],
    text: facts.map(textOf).join('\n'),
    statements: [
      ...[...of('check'), ...of('exclusion')].map(dropConstraint),
      ...of('index').map((fact) => `DROP INDEX ${qualified(fact, fact.name)}`),
      ...[...of('unique'), ...of('primary_key')].map(dropConstraint),
      // a generated column depends on the others
      ...[
        ...columns.filter((fact) => fact.is.generated !== undefined),
        ...columns.filter((fact) => fact.is.generated === undefined),
      ].map((fact) => `ALTER TABLE ${tableOf(fact)} DROP COLUMN ${quote(fact.name)}`),
    ],
  }
}

const sequenceThing = (fact: Fact): Thing => ({
  kind: 'sequence',
  names: [bareName(fact)],
  text: '',
  statements: [`DROP SEQUENCE ${qualified(fact, bareName(fact))}`],
})

const typeThing = (fact: Fact): Thing => ({
  kind: 'type',
  names: [bareName(fact)],
  text: textOf(fact),
  statements: [
    `DROP ${fact.is.kind === 'domain' ? 'DOMAIN' : 'TYPE'} ${qualified(fact, bareName(fact))}`,
  ],
})

/** What a kind can depend on. Only that is looked for, since a column may be called like a view. */
const DEPENDS_ON: Readonly<Record<Thing['kind'], readonly Thing['kind'][]>> = {
  view: ['view', 'function', 'tables', 'sequence', 'type'],
  function: ['view', 'function', 'tables', 'type'],
  tables: ['function', 'sequence', 'type'],
  changes: ['function', 'sequence', 'type'],
  sequence: [],
  type: ['function', 'type'],
}

function dependsOn(one: Thing, other: Thing): boolean {
  // views use columns, foreign keys of tables use unique constraints
  if (other.kind === 'changes') return one.kind === 'view' || one.kind === 'tables'
  if (!DEPENDS_ON[one.kind].includes(other.kind)) return false
  return other.names.some((name) => mentions(one.text, name, other.kind === 'function'))
}

function mentions(text: string, name: string, called: boolean): boolean {
  const bare = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('"', '""')
  return new RegExp(`(?<![\\w$])${bare}(?![\\w$])${called ? '"?\\s*\\(' : ''}`).test(text)
}

function dependentsFirst(things: readonly Thing[]): Thing[] {
  const ordered = new Set<Thing>()
  const seen = new Set<Thing>()
  const visit = (thing: Thing): void => {
    if (seen.has(thing)) return
    seen.add(thing)
    for (const other of things) if (other !== thing && dependsOn(other, thing)) visit(other)
    ordered.add(thing)
  }
  for (const thing of things) visit(thing)
  return [...ordered]
}

const textOf = (fact: Fact): string =>
  Object.entries(fact.is)
    .filter(([key]) => key !== 'schema')
    .flatMap(([, value]) => value)
    .join('\n')

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The name without its schema, which stands before it outside the current one. */
const bareName = (fact: Fact): string => withoutSchema(fact, fact.name)

const withoutSchema = (fact: Fact, name: string): string =>
  typeof fact.is.schema === 'string' ? name.slice(fact.is.schema.length + 1) : name

const qualified = (fact: Fact, name: string): string =>
  typeof fact.is.schema === 'string' ? `${quote(fact.is.schema)}.${quote(name)}` : quote(name)

const tableOf = (fact: Fact): string => qualified(fact, withoutSchema(fact, fact.table as string))

/** Checks and exclusions go by their own name, the others by their columns. */
const dropConstraint = (fact: Fact): string =>
  `ALTER TABLE ${tableOf(fact)} DROP CONSTRAINT ${quote(String(fact.is.name ?? fact.name))}`
