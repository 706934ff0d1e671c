import { JOURNAL_TABLES, LOG_TABLE, type LogGuard } from '../port.ts'
import type { Session } from '../session.ts'
import { folded } from './catalogue.ts'

const refusal = (what: string): string =>
  `BEGIN SELECT RAISE(ABORT, '${LOG_TABLE} is append-only: its entries are not ${what}'); END`

/** What each trigger says after its name, as SQLite's own list keeps it. */
const TRIGGERS: readonly (readonly [name: string, rule: string])[] = [
  ['no_update', `BEFORE UPDATE ON ${LOG_TABLE} ${refusal('changed')}`],
  ['no_delete', `BEFORE DELETE ON ${LOG_TABLE} ${refusal('removed')}`],
  [
    // INSERT OR REPLACE removes a row without asking the trigger before DELETE
    'no_replace',
    `BEFORE INSERT ON ${LOG_TABLE} WHEN EXISTS (SELECT 1 FROM ${LOG_TABLE}
  WHERE seq = NEW.seq OR prev_hash = NEW.prev_hash) ${refusal('replaced')}`,
  ],
].map(([name, rule]) => [`${LOG_TABLE}_${name}`, rule ?? ''])

/** Who may write to the file may also drop a trigger; the log's hash chain shows what was done then. */
export const logGuard: LogGuard = {
  create: () =>
    TRIGGERS.flatMap(([name, rule]) => [
      `DROP TRIGGER IF EXISTS main.${name}`,
      `CREATE TRIGGER main.${name} ${rule}`,
    ]),
  async missing(session: Pick<Session, 'query'>) {
    const { rows } = await session.query<{ name: string; sql: string }>(
      `SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = '${LOG_TABLE}'`,
    )
    const there = new Map(rows.map(({ name, sql }) => [folded(name), sql]))
    return TRIGGERS.filter(
      ([name, rule]) => there.get(name) !== `CREATE TRIGGER ${name} ${rule}`,
    ).map(([name]) => name)
  },
  async strangers(session: Pick<Session, 'query'>) {
    const { rows } = await session.query<{ name: string; tbl_name: string }>(
      "SELECT name, tbl_name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY name",
    )
    const ours = new Set(TRIGGERS.map(([name]) => name))
    return rows
      .filter(({ name, tbl_name }) => {
        const table = folded(tbl_name)
        return JOURNAL_TABLES.includes(table) && !(table === LOG_TABLE && ours.has(folded(name)))
      })
      .map(({ name, tbl_name }) => `trigger ${name} on ${tbl_name}`)
  },
}
