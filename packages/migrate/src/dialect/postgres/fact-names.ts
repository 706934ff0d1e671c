import type { Fact } from '../../schema/snapshot.ts'

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The name without its schema, which stands before it outside the current one. */
export const bareName = (fact: Fact): string => withoutSchema(fact, fact.name)

const withoutSchema = (fact: Fact, name: string): string =>
  typeof fact.is.schema === 'string' ? name.slice(fact.is.schema.length + 1) : name

export const qualified = (fact: Fact, name: string): string =>
  typeof fact.is.schema === 'string' ? `${quote(fact.is.schema)}.${quote(name)}` : quote(name)

/** The thing itself, as a statement names it; a routine with its arguments. */
export function nameOf(fact: Fact): string {
  const name = bareName(fact)
  const open = fact.kind === 'function' ? name.indexOf('(') : name.length
  return qualified(fact, name.slice(0, open)) + name.slice(open)
}

/** What a statement calls a thing of its sort: `MATERIALIZED VIEW`. */
export function sortOf({ kind, is }: Fact): string {
  switch (kind) {
    case 'view':
      return is.materialised ? 'MATERIALIZED VIEW' : 'VIEW'
    case 'table':
      return is.foreign ? 'FOREIGN TABLE' : 'TABLE'
    case 'type':
      return is.kind === 'domain' ? 'DOMAIN' : 'TYPE'
    case 'function':
      return 'ROUTINE'
    default:
      return kind.toUpperCase()
  }
}

/** The table that a part belongs to. */
export const tableOf = (fact: Fact): string =>
  qualified(fact, withoutSchema(fact, fact.table ?? ''))

/** What PostgreSQL's catalogue calls a relation, `audit."Odd.Name"`, as facts name it: `audit.Odd.Name`. */
export const factName = (regclass: string): string =>
  regclass.replace(/"((?:[^"]|"")*)"/g, (_, inside: string) => inside.replaceAll('""', '"'))

/** A list in a fact; none where it says nothing. */
export const listOf = (fact: Fact | undefined, part: string): readonly string[] => {
  const value = fact?.is[part]
  return Array.isArray(value) ? value : []
}

/** A text in a fact; null where it says nothing. */
export const textIn = (fact: Fact | undefined, part: string): string | null => {
  const value = fact?.is[part]
  return typeof value === 'string' ? value : null
}
