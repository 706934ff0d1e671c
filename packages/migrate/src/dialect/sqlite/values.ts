import type { SQLInputValue } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'

/**
 * A value as node:sqlite takes it: booleans as 0 and 1, dates as ISO 8601 in UTC, other objects as JSON.
 * Whole numbers are bound as integers; the driver alone would make 5 a REAL, and '5.0' of it in a TEXT column.
 */
export function bound(value: unknown, index: number): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value
    case 'number':
      // SQLite would store NaN as NULL
      if (Number.isNaN(value)) throw unbindable(index, 'NaN')
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value
    case 'boolean':
      return value ? 1n : 0n
    case 'object':
      return boundObject(value, index)
    default:
      throw unbindable(index, typeof value)
  }
}

function boundObject(value: object | null, index: number): SQLInputValue {
  if (value === null) return null
  if (ArrayBuffer.isView(value)) return value as NodeJS.ArrayBufferView
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unbindable(index, 'an invalid date')
    return value.toISOString()
  }
  return JSON.stringify(value)
}

const unbindable = (index: number, what: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `Parameter $${index + 1} is ${what}, which cannot be stored.`,
    hint: 'Bind null where there is no value.',
  })

/** A value as the driver read it: an integer is a number unless it is too large for one. */
export const read = (value: unknown): unknown =>
  typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    ? Number(value)
    : value
