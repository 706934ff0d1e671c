import type { Fact } from '../../schema/snapshot.ts'
import { folded, quoted } from './catalogue.ts'

/** Statements that remove `facts`: what depends on others first, children before their parents. */
export function dropStatements(facts: readonly Fact[]): string[] {
  const tables = facts.filter(({ kind }) => kind === 'table')
  const dropped = new Set(tables.map(({ name }) => folded(name)))
  // what belongs to a table goes with it
  const left = facts.filter(({ table }) => table === null || !dropped.has(folded(table)))
  const named = (kind: Fact['kind']) => left.filter((fact) => fact.kind === kind)
  return [
    ...named('trigger').map(({ name }) => `DROP TRIGGER ${quoted(name)}`),
    ...named('view').map(({ name }) => `DROP VIEW ${quoted(name)}`),
    ...named('index').map(({ name }) => `DROP INDEX ${quoted(name)}`),
    ...named('column').map(
      ({ table, name }) => `ALTER TABLE ${quoted(table ?? '')} DROP COLUMN ${quoted(name)}`,
    ),
    ...childrenFirst(
      tables.map(({ name }) => name),
      facts,
    ).map((name) => `DROP TABLE ${quoted(name)}`),
  ]
}

function childrenFirst(tables: readonly string[], facts: readonly Fact[]): string[] {
  const children = new Map<string, string[]>()
  for (const { kind, table, is } of facts) {
    if (kind !== 'foreign_key' || table === null) continue
    const parent = folded(String(is.references))
    children.set(parent, [...(children.get(parent) ?? []), folded(table)])
  }
  const byName = new Map(tables.map((name) => [folded(name), name]))
  const ordered = new Set<string>()
  const seen = new Set<string>()
  const visit = (table: string): void => {
    // tables that refer to each other in a circle stay as they were given
    if (seen.has(table)) return
    seen.add(table)
    for (const child of children.get(table) ?? []) visit(child)
    const name = byName.get(table)
    if (name !== undefined) ordered.add(name)
  }
  for (const table of byName.keys()) visit(table)
  return [...ordered]
}
