import type { BulkValue, DialectName } from '@fossawork/migrate'
import type { ColumnKind, Target } from '../map/tables.ts'
import { jsonText } from './json-text.ts'

/** What each column says, as text, in the order of the target's columns: sealed ones opened, null for NULL. */
export type RowTexts = readonly (string | null)[]

/** Of values as people mean them. A password's is the hash that is stored. */
export const textsOf = (
  { columns }: Target,
  values: Readonly<Record<string, unknown>>,
  dialect: DialectName,
): RowTexts =>
  Object.entries(columns).map(([name, { kind }]) => textOf(values[name], kind, dialect))

/**
 * Times are written as SQLite's own CURRENT_TIMESTAMP writes them, so that they sort among those that it made; both
 * databases take and give them so.
 */
function textOf(value: unknown, kind: ColumnKind['kind'], dialect: DialectName): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'json') return jsonText(value, dialect)
  if (kind === 'datetime') return (value as Date).toISOString().replace('T', ' ').slice(0, -1)
  if (kind === 'boolean') return value ? '1' : '0'
  return String(value)
}

/** A column's text as it is stored; what is to be sealed is sealed already. */
export function storedValue(
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
export const joined = ({ name }: Target, texts: RowTexts): string =>
  `${name}\n${texts.map((text) => (text === null ? '-\n' : `${Buffer.byteLength(text)}:${text}\n`)).join('')}`

/** The same text, made by the database of the row `t`: a good part of an import is reading it back. */
export const joinedInDatabase = ({ columns }: Target, dialect: DialectName): string =>
  Object.entries(columns)
    .map(([name, { kind }]) => {
      const text = dialect === 'sqlite' ? `t.${name}` : postgresText(name, kind)
      const part = `coalesce(octet_length(${text}) || ':' || ${text}, '-')`
      // a column of type JSON makes a number of a text that is one
      return dialect === 'sqlite' && kind === 'json'
        ? `CASE WHEN typeof(${text}) IN ('integer', 'real') THEN '${BY_COLUMN}' ELSE ${part} END || '\n'`
        : `${part} || '\n'`
    })
    .join(' || ')

function postgresText(name: string, kind: ColumnKind['kind']): string {
  if (kind === 'datetime') {
    return `to_char(t.${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')`
  }
  return kind === 'boolean' ? `t.${name}::int::text` : `t.${name}::text`
}

/** Stands for what has to be read column by column. */
const BY_COLUMN = '?'

/** Whether a row that {@link joinedInDatabase} read says it all: a sealed secret has to be opened first. */
export const isPlain = ({ columns }: Target, text: string): boolean =>
  !text.includes('enc:v1:') &&
  !text.startsWith(BY_COLUMN) &&
  !text.includes(`\n${BY_COLUMN}`) &&
  !Object.values(columns).some(({ kind }) => kind === 'sealed')

/** The columns of the row `t` one by one, as texts or as what SQLite makes of them. */
export const columnList = ({ columns }: Target, dialect: DialectName): string =>
  Object.entries(columns)
    .map(([name, { kind }]) =>
      dialect === 'sqlite' ? `t.${name}` : `${postgresText(name, kind)} AS ${name}`,
    )
    .join(', ')

/** Of a row that {@link columnList} read; `open` gives a stored secret back. */
export const textsInDatabase = (
  { columns }: Target,
  row: Readonly<Record<string, unknown>>,
  open: (column: string, stored: string) => string,
): RowTexts =>
  Object.entries(columns).map(([name, { kind }]) => {
    const stored = row[name]
    if (stored === null || stored === undefined) return null
    const text = String(stored)
    return kind === 'sealed' || kind === 'json' ? open(name, text) : text
  })
