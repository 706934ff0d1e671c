import { MigrateError } from '../errors.ts'
import type { BulkValue } from './session.ts'

/** What a column takes, where the database itself would take more than the other one does; null: it would not. */
export type ColumnKind = 'boolean' | 'whole' | 'other' | null

/**
 * Throws STATEMENT_FAILED, without the value, for a row that not both databases could store alike, as far as that can be
 * told at no cost. Before any row is sent: what a database refuses ends the transaction.
 */
export function assertStorable(
  columns: readonly string[],
  rows: readonly (readonly BulkValue[])[],
  kinds: readonly ColumnKind[],
): void {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw unstorable(`A row has ${row.length} values for ${columns.length} columns.`)
    }
    for (let at = 0; at < row.length; at++) {
      const why = problemOf(row[at], kinds[at] ?? null)
      if (why !== null) throw unstorable(`The column ${columns[at]} was given ${why}.`)
    }
  }
}

function problemOf(value: unknown, kind: ColumnKind): string | null {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) return 'a text with a NUL character'
      return kind === 'whole' && !WHOLE.test(value) ? 'a text, and takes whole numbers' : null
    case 'number':
      if (!Number.isFinite(value)) return 'a number that is not finite'
      return kind === 'whole' && !isWhole(value)
        ? 'a number that is not whole, or beyond 64 bits'
        : null
    case 'boolean':
      return kind === 'other' ? 'a boolean, and is no boolean column' : null
    case 'bigint':
      return null
    default:
      return value === null ? null : `a value of the type ${typeof value}`
  }
}

const isWhole = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63

const WHOLE = /^\s*[+-]?\d+\s*$/

const unstorable = (message: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message,
    hint: 'Give each column a value of its own type: a text without NUL characters, a finite number, a bigint, a boolean or null.',
  })

/** A name as both databases take it in a statement. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
