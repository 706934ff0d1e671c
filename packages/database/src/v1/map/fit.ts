import type { Mapping, Quarantine, TargetRow } from '../record.ts'
import { cleanText } from './clean.ts'
import { columnsOf } from './columns.ts'
import { draft, quarantined, say } from './mapping.ts'
import { type ColumnKind, targetOf } from './tables.ts'

const INTEGER = { from: -(2 ** 31), to: 2 ** 31 - 1 }
const MISSING: Quarantine = {
  code: 'VALUE_MISSING',
  message: 'There is nothing for the required column',
}
const TOO_LARGE: Quarantine = { code: 'VALUE_OUT_OF_RANGE', message: 'A number beyond 32 bits for' }

/**
 * The mapping as its table takes it, on both databases alike: text that no database keeps is replaced
 * (with one note), and what does not fit is quarantined: a text that is too long (in characters, as
 * PostgreSQL counts them), a required value that is missing, a number beyond 32 bits. Passwords and
 * what is sealed stay as they are. The same mapping where there is nothing to do, and a second time.
 * Throws for a column that the table has not: a mistake in a mapping, not in V1.
 */
export function fit(mapping: Mapping): Mapping {
  if ('quarantine' in mapping) return mapping
  const { record, notes, row } = mapping
  const cleaned = cleanRow(row)
  const misfit = misfitOf(cleaned)
  if (misfit) return { ...quarantined(record, misfit.code, misfit.message), notes }
  if (cleaned === row) return mapping
  const told = draft(record)
  say(told, 'TEXT_CLEANED', 'Characters that no database keeps became U+FFFD.')
  return { ...mapping, notes: [...notes, ...told.notes], row: cleaned }
}

function cleanRow(row: TargetRow): TargetRow {
  let changed: Record<string, unknown> | undefined
  for (const [name, { kind }] of columnsOf(targetOf(row.table))) {
    if (kind !== 'text' && kind !== 'json') continue
    const cleaned = cleanText(row.values[name])
    if (cleaned !== row.values[name]) changed = { ...changed, [name]: cleaned }
  }
  const identity = cleanText(row.identity)
  if (!changed && identity === row.identity) return row
  return { ...row, identity, values: { ...row.values, ...changed } }
}

function misfitOf({ table, values }: TargetRow): Quarantine | null {
  const target = targetOf(table)
  for (const name in values) {
    if (!Object.hasOwn(target.columns, name)) throw new Error(`${table} has no column ${name}`)
  }
  for (const [name, column] of columnsOf(target)) {
    const problem = problemOf(column, values[name])
    if (problem) return { ...problem, message: `${problem.message} ${table}.${name}.` }
  }
  return null
}

/** The message lacks the column at its end. */
function problemOf(column: ColumnKind, value: unknown): Quarantine | null {
  if (value === null || value === undefined) {
    return 'required' in column ? MISSING : null
  }
  if (column.kind === 'text' && column.length !== undefined) {
    const length = lengthOf(String(value), column.length)
    if (length <= column.length) return null
    const message = `${length} characters, where ${column.length} are the limit, for`
    return { code: 'VALUE_TOO_LONG', message }
  }
  if (column.kind !== 'integer') return null
  const number = Number(value)
  return number >= INTEGER.from && number <= INTEGER.to ? null : TOO_LARGE
}

/** In characters; counted only where UTF-16 units alone do not answer. */
function lengthOf(text: string, limit: number): number {
  if (text.length <= limit) return text.length
  let length = 0
  for (const _ of text) length++
  return length
}
