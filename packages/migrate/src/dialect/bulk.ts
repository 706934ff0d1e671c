import { MigrateError } from '../errors.ts'
import type { BulkValue } from './session.ts'

/**
 * Throws STATEMENT_FAILED, without the value, for a row that not both databases could store alike. Before anything is
 * sent: what a database refuses ends the transaction.
 */
export function assertStorable(
  columns: readonly string[],
  rows: readonly (readonly BulkValue[])[],
): void {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw unstorable(`A row has ${row.length} values for ${columns.length} columns.`)
    }
    for (let at = 0; at < row.length; at++) {
      const why = problemOf(row[at])
      if (why !== null) throw unstorable(`The column ${columns[at]} was given ${why}.`)
    }
  }
}

function problemOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value.includes('\0') ? 'a text with a NUL character' : null
    case 'number':
      return Number.isFinite(value) ? null : 'a number that is not finite'
    case 'bigint':
    case 'boolean':
      return null
    default:
      return value === null ? null : `a value of the type ${typeof value}`
  }
}

const unstorable = (message: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message,
    hint: 'Give a text without NUL characters, a finite number, a bigint, a boolean or null for each column.',
  })

/** A name as both databases take it in a statement. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
