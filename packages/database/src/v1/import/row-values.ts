import type { DialectName } from '@fossawork/migrate'
import type { ColumnKind, Target } from '../map/tables.ts'
import { jsonText } from './json-text.ts'

/** What each column says, as text, in the order of the target's columns: sealed ones opened, null for NULL. */
export type RowTexts = readonly (string | null)[]

/** Of values as people mean them. A password's is the hash that is stored. */
export const textsOf = (
  target: Target,
  values: Readonly<Record<string, unknown>>,
  dialect: DialectName,
): RowTexts =>
  Object.entries(target.columns).map(([name, { kind }]) => textOf(values[name], kind, dialect))

function textOf(value: unknown, kind: ColumnKind['kind'], dialect: DialectName): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'json') return jsonText(value, dialect)
  if (kind === 'datetime') return (value as Date).toISOString()
  if (kind === 'boolean') return value ? 't' : 'f'
  return String(value)
}

/** Of a row that {@link selectList} read; `open` gives a stored secret back. */
export const textsInDatabase = (
  target: Target,
  row: Readonly<Record<string, unknown>>,
  open: (column: string, stored: string) => string,
): RowTexts =>
  Object.entries(target.columns).map(([name, { kind }]) => {
    const stored = row[name]
    if (stored === null || stored === undefined) return null
    if (kind === 'boolean') return stored === true || stored === 1 ? 't' : 'f'
    if (kind === 'datetime') return isoOf(String(stored))
    const text = String(stored)
    return kind === 'sealed' || kind === 'json' ? open(name, text) : text
  })

/** The columns of a target as texts that both databases give alike. */
export const selectList = ({ columns }: Target, dialect: DialectName): string =>
  Object.entries(columns)
    .map(([name, { kind }]) =>
      kind === 'json' && dialect === 'postgres' ? `t.${name}::text AS ${name}` : `t.${name}`,
    )
    .join(', ')

const STORED_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?Z?$/

/** SQLite keeps what was written: `2025-05-07 14:00:00`, perhaps with a fraction. */
function isoOf(stored: string): string {
  const [, day, time, fraction = ''] = STORED_TIME.exec(stored) ?? []
  return day ? `${day}T${time}.${fraction.padEnd(3, '0')}Z` : stored
}

/**
 * A column's text as it is stored. SQLite's times are written as its own CURRENT_TIMESTAMP writes them, so that they
 * sort among those that it made.
 */
export function storedValue(
  text: string | null,
  kind: ColumnKind['kind'],
  dialect: DialectName,
): string | number | boolean | null {
  if (text === null) return null
  if (kind === 'integer' || kind === 'float') return Number(text)
  if (kind === 'boolean') return text === 't'
  if (kind === 'datetime' && dialect === 'sqlite') return text.replace('T', ' ').replace('Z', '')
  return text
}

/** One text of all columns, in which none runs into the next. */
export const joined = (table: string, texts: RowTexts): string =>
  `${table}\n${texts.map((text) => (text === null ? '-' : `${text.length}:${text}`)).join('\n')}`
