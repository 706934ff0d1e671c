import type { Look } from '@fossawork/migrate'
import { columnsOf } from '../map/columns.ts'
import { type Target, targetOf } from '../map/tables.ts'
import { isAmong } from './books.ts'
import type { Occupied, Settled } from './settled.ts'

/** What a target's rows belong to: the table, and the column that names its row. */
function parentOf({ columns }: Target): { readonly table: string; readonly column: string } | null {
  if ('work_order_id' in columns && !('user_id' in columns)) {
    return { table: 'work_orders', column: 'work_order_id' }
  }
  return 'user_id' in columns ? { table: 'users', column: 'user_id' } : null
}

export interface OrphanOptions {
  readonly occupied: Occupied | null
  /** Rows that a dry run would have added: `table\nid`. */
  readonly planned: ReadonlySet<string>
}

/** Whether rows of others belong to this one. */
export const isParent = (table: string): boolean => table === 'users' || table === 'work_orders'

/** New rows of what V2 has removed are conflicts: the database would refuse them, and V2 is never overruled. */
export async function withoutOrphans(
  db: Pick<Look, 'query' | 'dialect'>,
  settled: readonly Settled[],
  { occupied, planned }: OrphanOptions,
): Promise<Settled[]> {
  const asked = new Map<string, Set<string>>()
  for (const one of settled) {
    if (one.decision.write !== 'insert') continue
    if (occupied?.records.has(one.record.userId) === false) continue
    const parent = parentKey(one)
    if (!parent) continue
    const ids = asked.get(parent.table) ?? new Set()
    asked.set(parent.table, ids.add(parent.id))
  }
  if (asked.size === 0) return [...settled]
  const added = settled.filter(
    ({ decision, record }) => decision.write === 'insert' && isParent(record.table),
  )
  const there = new Set(added.map(({ record, row }) => `${record.table}\n${row?.id}`))
  for (const [table, ids] of asked) {
    for (const id of await existingIds(db, table, [...ids])) there.add(`${table}\n${id}`)
  }
  return settled.map((one): Settled => {
    const parent = one.decision.write === 'insert' ? parentKey(one) : null
    const isOrphan =
      parent &&
      asked.get(parent.table)?.has(parent.id) &&
      !there.has(`${parent.table}\n${parent.id}`) &&
      !planned.has(`${parent.table}\n${parent.id}`)
    if (!isOrphan) return one
    return { ...one, decision: ORPHAN }
  })
}

/** The row that a row belongs to. */
function parentKey({
  record,
  row,
}: Settled): { readonly table: string; readonly id: string } | null {
  const target = targetOf(record.table)
  const parent = parentOf(target)
  if (!parent || !row) return null
  const id = row.texts[columnsOf(target).findIndex(([name]) => name === parent.column)]
  return { table: parent.table, id: String(id) }
}

const ORPHAN = { outcome: 'conflict', write: 'record', targetId: null, conflict: 'orphan' } as const

const AT_ONCE = 500

async function existingIds(
  { query, dialect }: Pick<Look, 'query' | 'dialect'>,
  table: string,
  ids: readonly string[],
): Promise<string[]> {
  const found: string[] = []
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const { rows } = await query<{ id: string }>(
      `SELECT id FROM ${table} WHERE ${isAmong('id', 1, dialect)}`,
      [ids.slice(at, at + AT_ONCE)],
    )
    found.push(...rows.map(({ id }) => id))
  }
  return found
}
