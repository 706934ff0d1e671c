import type { BulkValue, DialectName } from '@fossawork/migrate'
import { columnsOf } from '../map/columns.ts'
import type { ColumnKind, Target } from '../map/tables.ts'
import { jsonText } from './json-text.ts'

/** What each column says, as text, in the order of the target's columns; null for NULL. */
export type RowTexts = readonly (string | null)[]

/**
 * What a value says as people mean it; a password's is the hash that is stored. Times are written as SQLite's own
 * CURRENT_TIMESTAMP writes them, so that they sort among those that it made; both databases take and give them so.
 */
export function textOf(
  value: unknown,
  kind: ColumnKind['kind'],
  dialect: DialectName,
): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'json') return jsonText(value, dialect)
  if (kind === 'datetime') return (value as Date).toISOString().replace('T', ' ').slice(0, -1)
  if (kind === 'boolean') return value ? '1' : '0'
  return String(value)
}

/** A row's texts as the database takes them. */
export const storedValues = (
  target: Target,
  texts: RowTexts,
  dialect: DialectName,
): readonly BulkValue[] =>
  columnsOf(target).map(([, { kind }], at) => storedValue(texts[at] ?? null, kind, dialect))

function storedValue(
  text: string | null,
  kind: ColumnKind['kind'],
  dialect: DialectName,
): BulkValue {
  if (text === null) return null
  if (kind === 'integer' || kind === 'float') return Number(text)
  if (kind === 'boolean') return text === '1'
  return kind === 'datetime' && dialect === 'postgres' ? `${text}Z` : text
}

/** One text of a whole row, in which no column runs into the next. */
export function joined({ name }: Target, texts: RowTexts): string {
  let all = name
  for (const text of texts) all += text === null ? '\n-' : `\n${text.length}:${text}`
  return all
}

/** The columns of the row `t`, each to be told as its text. */
export const columnList = (target: Target, dialect: DialectName): string =>
  columnsOf(target)
    .map(([name, { kind }]) =>
      dialect === 'sqlite' ? `t.${name}` : `${postgresText(name, kind)} AS ${name}`,
    )
    .join(', ')

function postgresText(name: string, kind: ColumnKind['kind']): string {
  if (kind === 'datetime') {
    return `to_char(t.${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`
  }
  return kind === 'boolean' ? `t.${name}::int::text` : `t.${name}::text`
}

/** What each column of a row says that {@link columnList} read, as it is stored. */
export const textsInDatabase = (target: Target, row: Readonly<Record<string, unknown>>): RowTexts =>
  columnsOf(target).map(([name]) => {
    const value = row[name]
    // a column of type JSON makes a number of a text that is one
    return value === null || value === undefined ? null : String(value)
  })
