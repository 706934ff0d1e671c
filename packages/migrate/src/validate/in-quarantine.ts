import type { Finding } from '../finding.ts'
import { quoteName } from '../schema/names.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import type { Check } from './check.ts'
import { isQuarantine, quarantineOf } from './schema.ts'

/** Whether `validate --fix` has made the table: others may name theirs so as well. */
export const isQuarantineTable = (live: Snapshot, table: string): boolean =>
  isQuarantine(table) && live.has(`table ${table}`) && live.has(`column ${table}.quarantine_run`)

/** Tables whose rows `validate --fix` has put into quarantine, whether they are there themselves or not. */
export const quarantinedTables = (live: Snapshot): string[] =>
  [...live.values()]
    .filter(({ kind, name }) => kind === 'table' && isQuarantineTable(live, name))
    .map(({ name }) => name.slice(quarantineOf('').length))

/** Rows that are not where they belong: no fault, but nothing to be forgotten. */
export const IN_QUARANTINE: readonly Check[] = [
  {
    category: 'data',
    name: 'rows in quarantine',
    async run({ live, session }) {
      const tables = quarantinedTables(await live())
      const findings: Finding[] = []
      for (const table of tables) {
        const { rows } = await session.query<{ reason: string; n: number; since: unknown }>(
          `SELECT quarantine_reason AS reason, count(*) AS n, min(quarantined_at) AS since
           FROM ${quoteName(quarantineOf(table))} GROUP BY quarantine_reason ORDER BY 2 DESC, 1`,
        )
        const count = rows.reduce((sum, { n }) => sum + Number(n), 0)
        const [since] = rows.map((row) => String(row.since)).sort()
        if (since === undefined) continue
        findings.push({
          code: 'IN_QUARANTINE',
          severity: 'info',
          message: `${count} ${count === 1 ? 'row of' : 'rows of'} ${table} ${count === 1 ? 'is' : 'are'} in quarantine, the first since ${since}: ${rows.map(({ reason, n }) => `${reason} (${n})`).join('; ')}.`,
          at: { object: quarantineOf(table) },
          fix: `Once their parents are there again, \`validate --restore-quarantined ${table}\` puts them back.`,
          count,
        })
      }
      return { checked: tables.length, findings }
    },
  },
]
