import type { DialectName } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { tokens } from './tokens.ts'

/**
 * `sql` with its values written out as literals that mean the same, for a client that takes none. Throws
 * STATEMENT_FAILED for a value that no literal is sure to give back, and where placeholders and values do not match.
 */
export function inlineValues(
  sql: string,
  values: readonly unknown[],
  dialect: DialectName,
): string {
  // without values nothing is a placeholder: `?` may be an operator
  if (values.length === 0) return sql
  const used = new Set<number>()
  const parts = [...tokens(sql, dialect)].map(({ kind, text }) => {
    if (kind !== 'parameter') return text
    const index = /^[$?]\d+$/.test(text) ? Number(text.slice(1)) - 1 : used.size
    if (index >= values.length || !/^(\?|[$?]\d+)$/.test(text)) throw unmatched(text)
    used.add(index)
    return literal(values[index], index, dialect)
  })
  if (used.size !== values.length) throw unmatched(`$${values.length}`)
  return parts.join('')
}

/** As the driver binds it: PostgreSQL is given texts, whose type it finds out itself, as of a quoted literal. */
function literal(value: unknown, index: number, dialect: DialectName): string {
  const plain = dialect === 'sqlite'
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) break
      return stringLiteral(value, dialect)
    case 'boolean':
      return plain ? `${Number(value)}` : `'${value}'`
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) break
      return plain ? `(${value})` : `'${value}'`
    case 'number':
      // as text a fraction may come back as another one
      if (!Number.isSafeInteger(value)) break
      return literal(BigInt(value), index, dialect)
    case 'object':
      if (value === null) return 'NULL'
  }
  throw new MigrateError('STATEMENT_FAILED', {
    message: `Its parameter $${index + 1} is neither text, a whole number, a boolean nor null, and cannot be written out.`,
    hint: 'Write the value into the SQL itself.',
  })
}

/** A text as a literal, whatever PostgreSQL's standard_conforming_strings says. */
export function stringLiteral(value: string, dialect: DialectName): string {
  const doubled = value.replaceAll("'", "''")
  const escapes = dialect === 'postgres' && value.includes('\\')
  return escapes ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

const unmatched = (placeholder: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `The placeholder ${placeholder} and the values of the statement do not match.`,
  })
