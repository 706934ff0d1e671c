import type { CheckLook, Finding, ProjectCheck } from '@fossawork/migrate'

/**
 * Dispensers and jobs stand under work orders of the same user. The id of a dispenser that V1 had begins with its work
 * order's, and that with its owner's 32 digits: no other id has a hyphen and a slash there. One that names no work order
 * at all is an orphan, which another check finds.
 */
export const dispenserOwners: ProjectCheck = {
  category: 'data',
  name: 'work orders with their dispensers',
  needs: ['v001_initial_schema'],
  async run(look) {
    const findings: Finding[] = []
    const owned = ownedIn(look.dialect)
    for (const one of owned) findings.push(...(await find(look, one)))
    return { checked: owned.length, findings }
  },
}

interface Owned {
  readonly table: 'dispensers' | 'automation_jobs'
  /** The rows that stand under another user's, as `d`. */
  readonly from: string
}

function ownedIn(dialect: CheckLook['dialect']): readonly Owned[] {
  // the quick ones first: the work order is looked up for the few ids that do not begin with its own
  const begins = `${dialect === 'sqlite' ? 'instr' : 'strpos'}(d.id, d.work_order_id) = 1`
  return [
    {
      table: 'dispensers',
      from: `dispensers AS d WHERE NOT ${begins} AND substr(d.id, 33, 1) = '-' AND d.id LIKE '%/%'
        AND (SELECT w.user_id FROM work_orders AS w WHERE w.id = d.work_order_id) <> substr(d.id, 1, 32)`,
    },
    {
      table: 'automation_jobs',
      from: `automation_jobs AS d JOIN work_orders AS w ON w.id = d.work_order_id
        WHERE d.user_id <> w.user_id`,
    },
  ]
}

async function find({ query }: CheckLook, { table, from }: Owned): Promise<Finding[]> {
  const { rows } = await query<{ count: number }>(`SELECT count(*) AS count FROM ${from}`)
  const count = rows[0]?.count ?? 0
  if (count === 0) return []
  const some = await query<{ id: string }>(`SELECT d.id FROM ${from} LIMIT 3`)
  return [
    {
      code: 'ORPHANS',
      severity: 'error',
      message: `${count.toLocaleString('en')} rows of ${table} stand under a work order of another user.`,
      at: { object: `${table}.work_order_id -> work_orders` },
      count,
      examples: some.rows.map(({ id }) => `id ${id}`),
      fix: `Give them their own user's work order. To see them: SELECT d.id FROM ${from.replace(/\s+/g, ' ')}`,
    },
  ]
}
