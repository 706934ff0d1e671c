import type { Dialect } from '../dialect/port.ts'
import type { LogEntry } from '../journal/chain.ts'
import { type JournalRow, readJournal, readLog } from '../journal/read.ts'
import { withReader } from './reader.ts'

/** The journal's rows, last changed first; none where there is no database. */
export async function readRows(
  dialect: Dialect,
  limit = Number.POSITIVE_INFINITY,
): Promise<JournalRow[]> {
  if (!(await dialect.exists())) return []
  return withReader(dialect, async (session) => {
    const { rows } = await readJournal(session, dialect)
    const changedAt = (row: JournalRow): string => row.rollbackAt ?? row.appliedAt
    return [...rows.values()].sort((a, b) => (changedAt(a) < changedAt(b) ? 1 : -1)).slice(0, limit)
  })
}

/** The journal's log, newest first; nothing where there is none of ours. */
export async function readEntries(dialect: Dialect, limit?: number): Promise<LogEntry[]> {
  if (!(await dialect.exists())) return []
  return withReader(dialect, async (session) => {
    const { kind } = await readJournal(session, dialect)
    return kind === 'ours' ? (await readLog(session, limit)).reverse() : []
  })
}
