import { ARCHIVE_TABLE, type Dialect, JOURNAL_TABLE, LOG_TABLE } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import type { Journal } from './read.ts'
import { journalTables } from './tables.ts'

/** What was made of what a journal of ours lacked. */
export interface Ensured {
  /** What an older journal has had added. */
  readonly added: readonly string[]
  /** What somebody had removed, switched off or altered, and is put back. */
  readonly putBack: readonly string[]
}

/** Makes what a journal lacks: tables, for their owner alone, and the triggers that keep its log append-only. */
export async function ensureTables(
  session: Pick<Session, 'query'>,
  dialect: Dialect,
  { kind, isCurrent, isStripped }: Pick<Journal, 'kind' | 'isCurrent' | 'isStripped'>,
  prefix: string,
): Promise<Ensured> {
  const tables = journalTables(dialect.journalTypes, prefix)
  // what is there already would be told of in a notice
  const lacking = [
    ...(kind === 'none' ? [{ name: JOURNAL_TABLE, sql: tables.rows }] : []),
    ...(kind === 'ours' ? [] : [{ name: LOG_TABLE, sql: tables.log }]),
    ...(isCurrent ? [] : [{ name: ARCHIVE_TABLE, sql: tables.archive }]),
  ]
  for (const { sql } of lacking) await session.query(sql)
  if (lacking.length > 0) {
    const made = lacking.map(({ name }) => `${prefix}${name}`)
    await (await dialect.roles())?.closeTables(session, made)
  }
  const guard = await dialect.logGuard()
  const unguarded = await guard.missing(session, prefix)
  if (unguarded.length > 0) {
    for (const statement of guard.create(prefix)) await session.query(statement)
  }
  const missing = isCurrent ? unguarded : [ARCHIVE_TABLE, ...unguarded]
  if (kind !== 'ours') return { added: [], putBack: [] }
  return isCurrent || isStripped ? { added: [], putBack: missing } : { added: missing, putBack: [] }
}
