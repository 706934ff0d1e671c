import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { factName, quote, tableOf } from './fact-names.ts'

/**
 * The sequences of serial columns: they come and go with the column and are no facts. They are made before the column
 * that takes its default from them, and then given to it.
 */
export function ownedSequences(
  columns: readonly Fact[],
  known: Snapshot,
): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const owned = columns.flatMap((column) => {
    const sequence = ownedSequence(column, known)
    return sequence === null ? [] : [{ column, sequence }]
  })
  return {
    before: owned.map(
      ({ column, sequence }) => `CREATE SEQUENCE IF NOT EXISTS ${sequence}${asType(column)}`,
    ),
    after: owned.map(
      ({ column, sequence }) =>
        `ALTER SEQUENCE ${sequence} OWNED BY ${tableOf(column)}.${quote(column.name)}`,
    ),
  }
}

/** The sequence that a column has for itself, as a statement names it; null for none. */
export function ownedSequence(column: Fact, known: Snapshot): string | null {
  const [, text] = /^nextval\('((?:[^']|'')*)'::regclass\)$/.exec(String(column.is.default)) ?? []
  if (text === undefined) return null
  const sequence = text.replaceAll("''", "'")
  return known.has(`sequence ${factName(sequence)}`) ? null : sequence
}

const asType = ({ is }: Fact): string =>
  ['smallint', 'integer'].includes(String(is.type)) ? ` AS ${is.type}` : ''
