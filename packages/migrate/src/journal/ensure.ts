import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import type { Journal } from './read.ts'
import { journalTables } from './tables.ts'

/**
 * Makes what a journal lacks: tables, and the triggers that keep its log append-only. Returns the triggers that were
 * gone or switched off in a journal that had them.
 */
export async function ensureTables(
  session: Pick<Session, 'query'>,
  dialect: Dialect,
  { kind, isCurrent }: Pick<Journal, 'kind' | 'isCurrent'>,
  prefix: string,
): Promise<string[]> {
  const tables = journalTables(dialect.journalTypes, prefix)
  // what is there already would be told of in a notice
  if (kind === 'none') await session.query(tables.rows)
  if (kind !== 'ours') await session.query(tables.log)
  if (!isCurrent) await session.query(tables.archive)
  const guard = await dialect.logGuard()
  const missing = await guard.missing(session, prefix)
  if (missing.length === 0) return []
  for (const statement of guard.create(prefix)) await session.query(statement)
  return isCurrent ? missing : []
}
