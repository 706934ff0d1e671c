import type { Fact } from '../../schema/snapshot.ts'
import { listOf, quote, tableOf, textIn } from './fact-names.ts'

/** A constraint as CREATE TABLE and ADD CONSTRAINT have it, its validity apart. */
export function constraintText(fact: Fact): string {
  const { is } = fact
  const named = `CONSTRAINT ${quote(constraintName(fact))}`
  switch (fact.kind) {
    case 'primary_key':
      return `${named} PRIMARY KEY (${columnList(listOf(fact, 'columns'), is.period ? OVERLAPS : null)})${deferral(fact)}`
    case 'unique':
      return `${named} UNIQUE ${is.nullsNotDistinct ? 'NULLS NOT DISTINCT ' : ''}(${columnList(listOf(fact, 'columns'), is.period ? OVERLAPS : null)})${deferral(fact)}`
    case 'foreign_key':
      return `${named} ${foreignKey(fact)}${deferral(fact)}${enforcement(fact)}`
    case 'check':
      return `${named} ${is.expression}${enforcement(fact)}`
    default:
      return `${named} ${is.definition}`
  }
}

/** Adds it to a table that stands; `checked`: the rows that are there are looked at. */
export function addConstraint(fact: Fact, checked: boolean): string {
  const later = !checked && !fact.is.notEnforced ? ' NOT VALID' : ''
  return `ALTER TABLE ${tableOf(fact)} ADD ${constraintText(fact)}${later}`
}

export const validateConstraint = (fact: Fact): string =>
  `ALTER TABLE ${tableOf(fact)} VALIDATE CONSTRAINT ${quote(constraintName(fact))}`

/** Checks and exclusions go by their own name, the others by their columns. */
export const constraintName = (fact: Fact): string => textIn(fact, 'name') ?? fact.name

const OVERLAPS = (column: string): string => `${column} WITHOUT OVERLAPS`
const PERIOD = (column: string): string => `PERIOD ${column}`

/** `last` is what a temporal constraint says of its last column. */
const columnList = (
  columns: readonly string[],
  last: ((column: string) => string) | null,
): string =>
  columns
    .map((column, at) => (last && at === columns.length - 1 ? last(quote(column)) : quote(column)))
    .join(', ')

/** The table that is named stands as PostgreSQL's catalogue spells it in SQL. */
function foreignKey(fact: Fact): string {
  const { is } = fact
  const last = is.period ? PERIOD : null
  const action = (event: string, what: unknown): string =>
    what === undefined ? '' : ` ON ${event} ${String(what).toUpperCase()}`
  const columns = columnList(listOf(fact, 'columns'), last)
  const referenced = columnList(listOf(fact, 'referencesColumns'), last)
  return `FOREIGN KEY (${columns}) REFERENCES ${is.references} (${referenced})${
    is.match === 'full' ? ' MATCH FULL' : ''
  }${action('UPDATE', is.onUpdate)}${action('DELETE', is.onDelete)}`
}

const deferral = ({ is }: Fact): string =>
  is.deferrable === undefined ? '' : ` DEFERRABLE ${String(is.deferrable).toUpperCase()}`

const enforcement = ({ is }: Fact): string => (is.notEnforced ? ' NOT ENFORCED' : '')
