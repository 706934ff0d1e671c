import type { Look } from '@fossawork/migrate'
import { columnsOf } from '../map/columns.ts'
import type { Target } from '../map/tables.ts'
import { isAmong } from './books.ts'
import type { PreparedRow } from './prepared.ts'
import { columnList, joined, type RowTexts, textsInDatabase } from './row-values.ts'
import type { Tools } from './tools.ts'

type Query = Pick<Look, 'query'>

/** A row as it stands now. */
export interface FoundRow {
  readonly id: string
  /** What its columns say, as they are stored. */
  readonly texts: RowTexts
}

/** How rows are read. */
export interface Reading {
  readonly tools: Tools
  /** PostgreSQL: nobody else may change them before the transaction ends. */
  readonly lock: boolean
}

const AT_ONCE = 500

/** Rows of a target as they stand now, by `id`. */
export async function rowsById(
  db: Query,
  target: Target,
  ids: readonly string[],
  reading: Reading,
): Promise<Map<string, FoundRow>> {
  const given = target.id === 'number' ? ids.map(Number) : ids
  const rows = await select(db, target, { column: 'id', values: given }, reading)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Rows of a target that V2 has under these keys, by the last column of the key. All keys have the same owner. */
export async function rowsByKey(
  db: Query,
  target: Target,
  { userId, last }: { readonly userId: string; readonly last: readonly unknown[] },
  reading: Reading,
): Promise<Map<string, FoundRow>> {
  const column = target.key?.at(-1) ?? 'id'
  const owner = target.key?.length === 2 ? userId : null
  const rows = await select(db, target, { column, values: last, owner }, reading)
  const at = columnsOf(target).findIndex(([name]) => name === column)
  return new Map(rows.map((row) => [String(row.texts[at]), row]))
}

/**
 * The columns that say what a row is of: SQLite gives the number of a row that was removed to another one, so a number
 * alone proves nothing.
 */
const tellingColumns = ({ columns, key }: Target): readonly string[] => {
  if (key) return key
  const kinds = ['user_id', 'data_type', 'content_type', 'activity_type', 'batch_id', 'change_id']
  return [...kinds, 'change_type'].filter((name) => name in columns)
}

/** Whether a row that stands is of the same thing as one that is to be written. */
export const isOfSame = (target: Target, found: FoundRow, row: PreparedRow): boolean => {
  const names = columnsOf(target).map(([name]) => name)
  return tellingColumns(target).every((name) => {
    const at = names.indexOf(name)
    return found.texts[at] === row.texts[at]
  })
}

interface Selection {
  readonly column: string
  readonly values: readonly unknown[]
  /** Only rows of this user; null: whoever's. */
  readonly owner?: string | null
}

async function select(
  { query }: Query,
  target: Target,
  { column, values, owner = null }: Selection,
  { tools: { dialect }, lock }: Reading,
): Promise<FoundRow[]> {
  const found: FoundRow[] = []
  const own = owner === null ? '' : ' AND t.user_id = $2'
  const locked = lock && dialect === 'postgres' ? ' FOR UPDATE OF t' : ''
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const { rows } = await query<Record<string, unknown>>(
      `SELECT t.id AS row_id, ${columnList(target, dialect)} FROM ${target.name} t
       WHERE ${isAmong(`t.${column}`, 1, dialect)}${own}${locked}`,
      [values.slice(at, at + AT_ONCE), ...(owner === null ? [] : [owner])],
    )
    for (const row of rows) {
      found.push({ id: String(row.row_id), texts: textsInDatabase(target, row) })
    }
  }
  return found
}

/** The digest of a row that stands: of what it means, its secrets opened. */
export function digestOf(target: Target, { texts }: FoundRow, { digest, sealing }: Tools): string {
  const columns = columnsOf(target)
  const row = Object.fromEntries(columns.map(([name], at) => [name, texts[at]]))
  const opened = columns.map(([name, { kind }], at) => {
    const text = texts[at] ?? null
    const isSealed = text !== null && (kind === 'sealed' || kind === 'json')
    return isSealed ? sealing.open(target.name, name, row, text) : text
  })
  return digest(joined(target, opened))
}
