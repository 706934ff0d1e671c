import type { Fact } from '../../schema/snapshot.ts'
import { bareName, literal, nameOf, qualified, quote, tableOf } from './fact-names.ts'

/** Gives a table or a column another name, a table another schema. */
export function renameStatements(from: Fact, to: Fact): string[] {
  if (from.kind === 'column') {
    return [`ALTER TABLE ${tableOf(to)} RENAME COLUMN ${quote(from.name)} TO ${quote(to.name)}`]
  }
  const [old, name] = [bareName(from), bareName(to)]
  return [
    ...(old === name ? [] : [`ALTER TABLE ${nameOf(from)} RENAME TO ${quote(name)}`]),
    ...(from.is.schema === to.is.schema ? [] : [setSchema(qualified(from, name), to.is.schema)]),
  ]
}

/** Facts do not name the current schema, and SET SCHEMA takes no expression. */
const setSchema = (table: string, schema: unknown): string =>
  typeof schema === 'string'
    ? `ALTER TABLE ${table} SET SCHEMA ${quote(schema)}`
    : `DO $$BEGIN EXECUTE format(${literal('ALTER TABLE %s SET SCHEMA %I')}, ${literal(table)}, current_schema()); END$$`
