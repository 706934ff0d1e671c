import type { Snapshot } from './snapshot.ts'

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A list of columns in SQL; `of` is what stands before each: `c.`. */
export const columnList = (columns: readonly string[], of = ''): string =>
  columns.map((column) => `${of}${quoteName(column)}`).join(', ')

/** A table in SQL. A snapshot names those outside the current schema `schema.table`. */
export function tableSql(live: Snapshot, table: string): string {
  const schema = live.get(`table ${table}`)?.is.schema
  if (typeof schema !== 'string') return quoteName(table)
  return `${quoteName(schema)}.${quoteName(table.slice(schema.length + 1))}`
}
