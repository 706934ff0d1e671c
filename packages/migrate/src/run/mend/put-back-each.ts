import type { MigrateError } from '../../errors.ts'
import type { Mending } from './mending.ts'
import { putBack } from './put-back.ts'
import { relationsOf, withAncestors } from './relations.ts'
import type { MovedRows } from './remove-copied.ts'
import { attempt } from './savepoint.ts'

export interface PutBack {
  readonly restored: readonly MovedRows[]
  /** Tables to which not all came back that nothing seemed to keep, and why. */
  readonly refused: ReadonlyMap<string, MigrateError>
}

/**
 * Puts back, in the transaction that is open, what can be: all at once, or, where something is refused, table by table,
 * so that one of them keeps no others.
 */
export async function putBackEach(mending: Mending, tables: readonly string[]): Promise<PutBack> {
  const whole = await attempt(mending, () => putBack(mending, tables))
  if ('done' in whole) return { restored: whole.done, refused: new Map() }
  const { live, expectations } = mending
  const relations = relationsOf(live, expectations)
  // a parent has fewer ancestors than its children; tables that name each other have the same
  const groups = tables
    .map((table) => ({ table, group: withAncestors(relations, table, tables) }))
    .sort((a, b) => a.group.length - b.group.length)
  const rows = new Map<string, number>()
  const refused = new Map<string, MigrateError>()
  const shut = new Set<string>()
  const tryOf = async (table: string, some: readonly string[]): Promise<boolean> => {
    const tried = await attempt(mending, () => putBack(mending, some))
    if ('refused' in tried) refused.set(table, tried.refused)
    else
      for (const back of tried.done) rows.set(back.table, (rows.get(back.table) ?? 0) + back.rows)
    return 'done' in tried
  }
  for (const { table, group } of groups) {
    const open = group.filter((one) => !shut.has(one))
    if (await tryOf(table, open)) continue
    // rows of others that come back with its own may be what is refused
    if (open.length === 1 || !(await tryOf(table, [table]))) shut.add(table)
  }
  const restored = tables.map((table) => ({ table, rows: rows.get(table) ?? 0 }))
  return { restored: restored.filter(({ rows }) => rows > 0), refused }
}
