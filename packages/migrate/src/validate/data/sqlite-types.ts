import { type Condition, ofColumn } from './condition.ts'
import { type Column, quoted, type Table } from './tables.ts'

/**
 * SQLite keeps what it is given, whatever the column's type. What PostgreSQL would refuse is a fault: a text in a column
 * of numbers, a boolean that is neither 0 nor 1, a text that is too long, JSON that does not parse, a date that is none.
 */
export function sqliteTypes(table: Table): Condition[] {
  return [...table.columns.values()].flatMap((column) => {
    const about = faultsOf(`t.${quoted(column.name)}`, column, table)
    return about.map((fault) => ofColumn(table, column.name, fault))
  })
}

type Fault = Parameters<typeof ofColumn>[2]

function faultsOf(value: string, { type }: Column, { isStrict }: Table): Fault[] {
  if (type === 'JSON') {
    const is = 'is not JSON'
    return [{ group: 'json', where: `NOT json_valid(${value})`, code: 'JSON_INVALID', is }]
  }
  if (/^(?:DATE|DATETIME|TIMESTAMP)\b/.test(type)) return [notADate(value)]
  const text = /^(?:TEXT|CLOB|N?VARCHAR|N?CHAR|CHARACTER)\b/.test(type)
  const length = text ? /\((\d+)\)$/.exec(type)?.[1] : undefined
  return [
    ...(length === undefined ? [] : [tooLong(value, length)]),
    ...(isStrict ? [] : mistyped(value, type, text)),
  ]
}

// February 30 counts on into March, and a zone may change the day: only then the two days are compared
const notADate = (value: string): Fault => {
  const day = `substr(${value}, 1, 10)`
  return {
    group: 'dates',
    where: `date(${value}) IS NOT ${day} AND (date(${day}) IS NOT ${day} OR julianday(${value}) IS NULL)`,
    code: 'DATE_INVALID',
    is: 'is no date in ISO 8601',
  }
}

const tooLong = (value: string, length: string): Fault => ({
  group: 'types',
  // in characters, as PostgreSQL counts them
  where: `length(${value}) > ${length}`,
  code: 'VALUE_TOO_LONG',
  is: `is longer than ${length} characters`,
})

function mistyped(value: string, type: string, text: boolean): Fault[] {
  const found = wrongStorage(value, type, text)
  if (!found) return []
  return [{ group: 'types', where: found.where, code: 'VALUE_MISTYPED', is: `is ${found.is}` }]
}

/** A type's affinity has turned into it what can be: what is of another storage class is something else. */
function wrongStorage(
  value: string,
  type: string,
  text: boolean,
): { readonly where: string; readonly is: string } | null {
  if (text) return { where: `typeof(${value}) = 'blob'`, is: 'bytes and no text' }
  if (/^BOOL(?:EAN)?$/.test(type))
    return { where: `${value} NOT IN (0, 1)`, is: 'neither true nor false' }
  const no = (...storage: readonly string[]): string =>
    `typeof(${value}) NOT IN (${[...storage, 'null'].map((name) => `'${name}'`).join(', ')})`
  if (/^(?:(?:TINY|SMALL|MEDIUM|BIG)?INT|INTEGER|INT[248])\b/.test(type))
    return { where: no('integer'), is: 'no whole number' }
  if (/^(?:FLOAT|REAL|DOUBLE|NUMERIC|DECIMAL)\b/.test(type))
    return { where: no('real', 'integer'), is: 'no number' }
  return type === 'BLOB' ? { where: no('blob'), is: 'no bytes' } : null
}
