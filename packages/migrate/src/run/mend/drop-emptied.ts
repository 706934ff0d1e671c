import type { Finding } from '../../finding.ts'
import { quoteName } from '../../schema/names.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import { quarantineOf } from '../../validate/schema.ts'
import type { Mending } from './mending.ts'
import { attempt } from './savepoint.ts'

export interface Dropped {
  /** Tables whose quarantine is gone. */
  readonly dropped: readonly string[]
  /** Notes of those that are empty and stay. */
  readonly findings: readonly Finding[]
}

/** Removes the quarantine of these tables where no row is left in it, and nothing else needs it. */
export async function dropEmptied(mending: Mending, tables: readonly string[]): Promise<Dropped> {
  const dropped: string[] = []
  const findings: Finding[] = []
  for (const table of tables) {
    const quarantine = quarantineOf(table)
    const into = quoteName(quarantine)
    const { rows } = await mending.writer.query(`SELECT 1 FROM ${into} LIMIT 1`)
    if (rows.length > 0) continue
    const user = userOf(mending.live, quarantine)
    if (user !== null) {
      findings.push(stays(quarantine, `${user} uses it`))
      continue
    }
    const drop = await attempt(mending, () => mending.writer.query(`DROP TABLE ${into}`))
    if ('done' in drop) dropped.push(table)
    else findings.push(stays(quarantine, drop.refused.message.replace(/\.$/, '')))
  }
  return { dropped, findings }
}

/** SQLite would drop it, and what uses it would fail from then on. */
function userOf(live: Snapshot, quarantine: string): string | null {
  const named = new RegExp(`(?<!\\w)${quarantine.replace(/[^\w\s]/g, '\\$&')}(?!\\w)`, 'i')
  const user = [...live.values()].find(
    ({ kind, table, is }) =>
      (kind === 'view' || (kind === 'trigger' && table !== quarantine)) && named.test(`${is.sql}`),
  )
  return user ? `${user.kind} ${user.name}` : null
}

const stays = (quarantine: string, why: string): Finding => ({
  code: 'IN_QUARANTINE',
  severity: 'info',
  message: `${quarantine} is empty, and stays: ${why}.`,
  at: { object: quarantine },
  count: 0,
})
