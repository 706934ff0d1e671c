import type { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import { quoteName } from '../../schema/names.ts'
import { quarantineOf } from '../../validate/schema.ts'
import { returning } from './hindrances.ts'
import { rowsOf } from './mended.ts'
import type { Mending } from './mending.ts'
import type { PutBack } from './put-back-each.ts'
import { attempt } from './savepoint.ts'

/** IN_QUARANTINE for each of these tables that has rows there, with what keeps them. */
export async function whatStays(
  mending: Mending,
  tables: readonly string[],
  refused: PutBack['refused'],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    const rows = await countOf(mending, table)
    if (rows === 0) continue
    // what cannot be told has been refused before
    const kept = await attempt(mending, () => reasonsOf(mending, tables, table))
    const refusal = refused.get(table) ?? ('refused' in kept ? kept.refused : undefined)
    findings.push(describe(table, rows, 'done' in kept ? kept.done : [], refusal))
  }
  return findings
}

async function countOf({ writer }: Mending, table: string): Promise<number> {
  const { rows } = await writer.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${quoteName(quarantineOf(table))}`,
  )
  return Number(rows[0]?.n)
}

/** Of rows with several reasons, each is counted. */
async function reasonsOf(
  mending: Mending,
  tables: readonly string[],
  table: string,
): Promise<string[]> {
  const found = returning(mending, tables, table, '1 = 1')
  if (found === null) return [`the table ${table} is not there`]
  const { hindrances, into } = found
  if (hindrances.length === 0) return []
  const counts = hindrances.map(({ where }, at) => `count(*) FILTER (WHERE ${where}) AS n${at}`)
  const { rows } = await mending.writer.query<Record<string, number>>(
    `SELECT ${counts.join(', ')} FROM ${into} AS t`,
  )
  return hindrances.flatMap(({ reason }, at) => {
    const count = Number(rows[0]?.[`n${at}`])
    return count > 0 ? [`${reason} (${count})`] : []
  })
}

function describe(
  table: string,
  rows: number,
  reasons: readonly string[],
  refusal: MigrateError | undefined,
): Finding {
  const said = refusal ? [`putting back failed: ${refusal.message.replace(/\.$/, '')}`] : []
  return {
    code: 'IN_QUARANTINE',
    severity: 'warning',
    message: `${rowsOf(rows, table)} ${rows === 1 ? 'stays' : 'stay'} in quarantine: ${[...reasons, ...said].join('; ')}.`,
    at: { object: quarantineOf(table) },
    fix: refusal
      ? 'Put right what refuses them, then run `validate --restore-quarantined` again.'
      : 'Bring back what they name, then run `validate --restore-quarantined` again.',
    count: rows,
  }
}
