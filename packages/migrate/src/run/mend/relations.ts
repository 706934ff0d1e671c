import type { Expectation, Relation } from '../../config/expectations.ts'
import type { Dialect } from '../../dialect/port.ts'
import { quoteName } from '../../schema/names.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import { orphanWhere } from '../../validate/data/relations.ts'
import { readTables, relationOf } from '../../validate/data/tables.ts'

/** What names rows of another table: foreign keys that are declared, and relations that are expected. */
export function relationsOf(live: Snapshot, expectations: readonly Expectation[]): Relation[] {
  const declared = [...live.values()].flatMap((fact): Relation[] =>
    fact.kind === 'foreign_key' && fact.table !== null ? [relationOf(fact.table, fact)] : [],
  )
  const expected = expectations.flatMap((expectation): Relation[] => {
    if (expectation.kind !== 'relation') return []
    const { kind: _, ...relation } = expectation
    const { table, columns } = relation
    return hasColumns(live, table, columns) && parentIsThere(live, relation) ? [relation] : []
  })
  const all = [...declared, ...expected].map((relation) => [keyOf(relation), relation] as const)
  return [...new Map(all).values()]
}

const keyOf = ({ table, columns, references, referencesColumns }: Relation): string =>
  JSON.stringify([table, columns, references, referencesColumns])

export const parentIsThere = (live: Snapshot, relation: Relation): boolean =>
  hasColumns(live, relation.references, relation.referencesColumns)

const hasColumns = (live: Snapshot, table: string, columns: readonly string[]): boolean =>
  columns.every((column) => live.has(`column ${table}.${column}`))

/** The table, and all whose rows name its rows, directly or through others. */
export function withDescendants(relations: readonly Relation[], table: string): string[] {
  const found = new Set([table])
  for (const parent of found) {
    for (const relation of relations) if (relation.references === parent) found.add(relation.table)
  }
  return [...found]
}

/** The table, and all of `among` whose rows its rows name, directly or through others. */
export function withAncestors(
  relations: readonly Relation[],
  table: string,
  among: readonly string[],
): string[] {
  const found = new Set([table])
  for (const child of found) {
    for (const relation of relations) {
      if (relation.table === child && among.includes(relation.references)) {
        found.add(relation.references)
      }
    }
  }
  return [...found]
}

/** SQL that is true of a row `t` that names a row which is not there: the one that `validate` counts with. */
export function namesNone(live: Snapshot, { name }: Dialect, relation: Relation): string {
  const tables = readTables(live, null, name)
  const [table, parent] = [tables.get(relation.table), tables.get(relation.references)]
  if (table && parent && parentIsThere(live, relation)) {
    return orphanWhere({ relation, table, parent }, name)
  }
  return relation.columns.map((column) => `t.${quoteName(column)} IS NOT NULL`).join(' AND ')
}

/**
 * SQL that is true of a row `t` whose row is among those of `quarantine` (SQL; `p`) of which `which` is true. A list, since
 * a quarantine has no index: it is made once.
 */
export function namesRowIn(
  live: Snapshot,
  { columns, references, referencesColumns }: Relation,
  quarantine: string,
  which: string,
): string {
  // on SQLite the parent's collation decides, and of IN that of what stands on its left
  const own = columns.map((column, at) => {
    const collation = live.get(`column ${references}.${referencesColumns[at]}`)?.is.collate
    return `t.${quoteName(column)}${collation === undefined ? '' : ` COLLATE ${collation}`}`
  })
  const keys = referencesColumns.map((column) => `p.${quoteName(column)}`)
  const known = keys.map((key) => `${key} IS NOT NULL`)
  const left = own.length === 1 ? own.join() : `(${own.join(', ')})`
  return `${left} IN (SELECT ${keys.join(', ')} FROM ${quarantine} AS p WHERE ${[which, ...known].join(' AND ')})`
}
