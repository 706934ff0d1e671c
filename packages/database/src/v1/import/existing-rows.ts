import type { Look } from '@fossawork/migrate'
import type { Target } from '../map/tables.ts'
import { isAmong } from './books.ts'
import type { ExistingRow } from './decide.ts'
import { columnList, isPlain, joined, joinedInDatabase, textsInDatabase } from './row-values.ts'
import type { Tools } from './tools.ts'

type Query = Pick<Look, 'query'>

/** A row as the database tells it in one text. */
export interface ReadRow {
  readonly id: string | number | bigint
  readonly text: string
}

const AT_ONCE = 500

/** Rows of a target as they stand now, by `id`. */
export async function rowsById(
  db: Query,
  target: Target,
  ids: readonly string[],
  tools: Tools,
): Promise<Map<string, ExistingRow>> {
  const given = target.id === 'number' ? ids.map(Number) : ids
  const rows = await select<ReadRow>(db, target, { column: 'id', values: given }, tools)
  return new Map((await existingRows(db, target, rows, tools)).map((row) => [row.id, row]))
}

/** Rows of a target that V2 has under these keys, by the last column of the key. All keys have the same owner. */
export async function rowsByKey(
  db: Query,
  target: Target,
  { userId, last }: { readonly userId: string; readonly last: readonly unknown[] },
  tools: Tools,
): Promise<Map<string, ExistingRow>> {
  const column = target.key?.at(-1) ?? 'id'
  const owner = target.key?.length === 2 ? userId : null
  const rows = await select<ReadRow & { readonly key: unknown }>(
    db,
    target,
    { column, values: last, owner },
    tools,
  )
  const existing = await existingRows(db, target, rows, tools)
  return new Map(rows.map(({ key }, at) => [String(key), existing[at] as ExistingRow]))
}

/** What {@link rowsByKey} finds a row by. */
export const keyValue = (target: Target, values: Readonly<Record<string, unknown>>): unknown =>
  values[target.key?.at(-1) ?? 'id']

interface Selection {
  readonly column: string
  readonly values: readonly unknown[]
  /** Only rows of this user; null: whoever's. */
  readonly owner?: string | null
}

async function select<Row>(
  { query }: Query,
  target: Target,
  { column, values, owner = null }: Selection,
  { dialect }: Tools,
): Promise<Row[]> {
  const found: Row[] = []
  const own = owner === null ? '' : ' AND t.user_id = $2'
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const { rows } = await query<Row>(
      `SELECT t.id, t.${column} AS "key", ${joinedInDatabase(target, dialect)} AS text
       FROM ${target.name} t WHERE ${isAmong(`t.${column}`, 1, dialect)}${own}`,
      [values.slice(at, at + AT_ONCE), ...(owner === null ? [] : [owner])],
    )
    found.push(...rows)
  }
  return found
}

/** The digests of rows, in their order; those that hold secrets are read once more, to be opened. */
export async function existingRows(
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
