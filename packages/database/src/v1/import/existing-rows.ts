import type { Look } from '@fossawork/migrate'
import type { Target } from '../map/tables.ts'
import { parameters } from './books.ts'
import type { ExistingRow } from './decide.ts'
import { joined, selectList, textsInDatabase } from './row-values.ts'
import type { Tools } from './tools.ts'

const AT_ONCE = 500

type Stored = Readonly<Record<string, unknown>> & { readonly row_id: string | number | bigint }

/** Rows of a target as they stand now, by `id`. */
export async function rowsById(
  db: Pick<Look, 'query'>,
  target: Target,
  ids: readonly string[],
  tools: Tools,
): Promise<Map<string, ExistingRow>> {
  const given = target.id === 'number' ? ids.map(Number) : ids
  const rows = await select(db, target, { where: 't.id', first: [], values: given }, tools)
  return new Map(rows.map((row) => [String(row.row_id), existingOf(target, row, tools)]))
}

/** Rows of a target that V2 has under these keys, by the last column of the key. All keys have the same owner. */
export async function rowsByKey(
  db: Pick<Look, 'query'>,
  target: Target,
  { userId, last }: { readonly userId: string; readonly last: readonly unknown[] },
  tools: Tools,
): Promise<Map<string, ExistingRow>> {
  const [column = 'id', second] = target.key ?? []
  const where = second ?? column
  const first = second ? [[column, userId] as const] : []
  const rows = await select(db, target, { where: `t.${where}`, first, values: last }, tools)
  return new Map(rows.map((row) => [String(row[where]), existingOf(target, row, tools)]))
}

/** What {@link rowsByKey} finds a row by. */
export const keyValue = (target: Target, values: Readonly<Record<string, unknown>>): unknown =>
  values[target.key?.at(-1) ?? 'id']

interface Selection {
  readonly where: string
  readonly first: readonly (readonly [string, string])[]
  readonly values: readonly unknown[]
}

async function select(
  { query }: Pick<Look, 'query'>,
  target: Target,
  { where, first, values }: Selection,
  { dialect }: Tools,
): Promise<Stored[]> {
  const found: Stored[] = []
  const owner = first.map(([column], at) => `t.${column} = $${at + 1} AND`).join(' ')
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const some = values.slice(at, at + AT_ONCE)
    const { rows } = await query<Stored>(
      `SELECT t.id AS row_id, ${selectList(target, dialect)} FROM ${target.name} t
       WHERE ${owner} ${where} IN (${parameters(some.length, first.length + 1)})`,
      [...first.map(([, value]) => value), ...some],
    )
    found.push(...rows)
  }
  return found
}

function existingOf(target: Target, row: Stored, { digest, sealing }: Tools): ExistingRow {
  const texts = textsInDatabase(target, row, (column, stored) =>
    sealing.open(target.name, column, row, stored),
  )
  return { id: String(row.row_id), digest: digest(joined(target.name, texts)) }
}
