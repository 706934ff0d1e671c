import type { Fact } from '../../schema/snapshot.ts'
import { bareName } from './fact-names.ts'

/** What comes or goes at once, and what tells on what it depends. */
export interface Thing {
  readonly kind: 'view' | 'function' | 'tables' | 'changes' | 'sequence' | 'type'
  /** Bare names that others may mention. */
  readonly names: readonly string[]
  /** Its definition, as far as PostgreSQL looks into it for dependencies. */
  readonly text: string
  readonly statements: readonly string[]
}

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

/** Whether a definition names something; `called`: as a function. */
function mentions(text: string, name: string, called: boolean): boolean {
  const bare = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('"', '""')
  return new RegExp(`(?<![\\w$])${bare}(?![\\w$])${called ? '"?\\s*\\(' : ''}`).test(text)
}

/** As they can be dropped; in reverse, as they can be made. */
export function dependentsFirst(things: readonly Thing[]): Thing[] {
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

/** `facts` come or go with `parts`; only the facts have names that others may mention. */
export const thingOf = (
  kind: Thing['kind'],
  facts: readonly Fact[],
  statements: readonly string[],
  parts: readonly Fact[] = [],
): Thing => ({
  kind,
  names: facts.map(mentionedName),
  text: [...facts, ...parts].map(textOf).join('\n'),
  statements,
})

const mentionedName = (fact: Fact): string =>
  fact.kind === 'function' ? bareName(fact).replace(/\(.*$/s, '') : bareName(fact)

/** All that PostgreSQL looks into: a body that is a string is only read when it runs. */
export const textOf = (fact: Fact): string =>
  [
    ...Object.entries(fact.is)
      .filter(([key]) => key !== 'schema' && (key !== 'body' || fact.is.parsed === true))
      .flatMap(([, value]) => value),
    ...(fact.kind === 'function' ? [fact.name.replace(/^[^(]*/, '')] : []),
  ].join('\n')
