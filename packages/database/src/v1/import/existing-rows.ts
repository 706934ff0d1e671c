import type { Look } from '@fossawork/migrate'
import type { Target } from '../map/tables.ts'
import { isAmong } from './books.ts'
import type { ExistingRow } from './decide.ts'
import type { PreparedRow } from './prepared.ts'
import { columnList, isPlain, joined, joinedInDatabase, textsInDatabase } from './row-values.ts'
import type { Tools } from './tools.ts'

type Query = Pick<Look, 'query'>

/** A row as the database tells it in one text. */
export interface ReadRow {
  readonly id: string | number | bigint
  readonly text: string
}

/** A row as it stands now, and what tells it apart. */
export interface FoundRow extends ExistingRow {
  /** The columns of {@link tellingColumns}, as one text. */
  readonly who: string
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
  return new Map((await foundRows(db, target, rows, reading)).map((row) => [row.id, row]))
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
  const found = await foundRows(db, target, rows, reading)
  return new Map(rows.map(({ key }, at) => [String(key), found[at] as FoundRow]))
}

type SelectedRow = ReadRow & { readonly key: unknown } & Readonly<Record<string, unknown>>

async function foundRows(
  db: Query,
  target: Target,
  rows: readonly SelectedRow[],
  { tools }: Reading,
): Promise<FoundRow[]> {
  const existing = await existingRows(db, target, rows, tools)
  const telling = tellingColumns(target)
  return existing.map((row, at) => ({
    ...row,
    who: whoOf(telling.map((_, column) => rows[at]?.[`who_${column}`])),
  }))
}

/**
 * The columns that say what a row is of: SQLite gives the number of a row that was removed to another one, so a number
 * alone proves nothing.
 */
export const tellingColumns = ({ columns, key }: Target): readonly string[] => {
  if (key) return key
  const kinds = ['user_id', 'data_type', 'content_type', 'activity_type', 'batch_id', 'change_id']
  return [...kinds, 'change_type'].filter((name) => name in columns)
}

const whoOf = (values: readonly unknown[]): string => values.map(String).join('\n')

/** The same of a row that is to be written. */
export const whoIs = (target: Target, { stored }: Pick<PreparedRow, 'stored'>): string => {
  const names = Object.keys(target.columns)
  return whoOf(tellingColumns(target).map((name) => stored[names.indexOf(name)]))
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
): Promise<SelectedRow[]> {
  const found: SelectedRow[] = []
  const own = owner === null ? '' : ' AND t.user_id = $2'
  const telling = tellingColumns(target).map((name, at) => `t.${name} AS who_${at}`)
  const locked = lock && dialect === 'postgres' ? ' FOR UPDATE OF t' : ''
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const { rows } = await query<SelectedRow>(
      `SELECT t.id, t.${column} AS "key", ${telling.join(', ')},
         ${joinedInDatabase(target, dialect)} AS text
       FROM ${target.name} t WHERE ${isAmong(`t.${column}`, 1, dialect)}${own}${locked}`,
      [values.slice(at, at + AT_ONCE), ...(owner === null ? [] : [owner])],
    )
    found.push(...rows)
  }
  return found
}

/** The digests of rows, in their order; those that hold secrets are read once more, to be opened. */
async function existingRows(
  db: Query,
  target: Target,
  rows: readonly ReadRow[],
  { dialect, digest, sealing }: Tools,
): Promise<ExistingRow[]> {
  const sealed = rows.filter(({ text }) => !isPlain(target, text)).map(({ id }) => id)
  const opened = new Map<string, string>()
  for (let at = 0; at < sealed.length; at += AT_ONCE) {
    const { rows } = await db.query<Record<string, unknown>>(
      `SELECT t.id AS row_id, ${columnList(target, dialect)} FROM ${target.name} t
       WHERE ${isAmong('t.id', 1, dialect)}`,
      [sealed.slice(at, at + AT_ONCE)],
    )
    for (const row of rows) {
      const texts = textsInDatabase(target, row, (column, stored) =>
        sealing.open(target.name, column, row, stored),
      )
      opened.set(String(row.row_id), joined(target, texts))
    }
  }
  return rows.map(({ id, text }) => ({
    id: String(id),
    digest: digest(opened.get(String(id)) ?? `${target.name}\n${text}`),
  }))
}
