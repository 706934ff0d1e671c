import { ARCHIVE_TABLE, LOG_TABLE } from '../dialect/port.ts'
import type { Finding } from '../finding.ts'
import { type Kept, readArchive } from '../journal/archive.ts'
import { findBreak, type LogEntry, OLDER_GENESIS } from '../journal/chain.ts'
import { settlesSchema } from '../journal/schema-events.ts'
import { entryOfKept } from '../schema/kept.ts'
import { type Check, skipped } from './check.ts'

/** What runs kept with the journal is still what they kept, and the log has the entries that it follows. */
export const KEPT_SNAPSHOTS: Check = {
  category: 'tracking',
  name: 'kept snapshots',
  async run({ journal, session, log: readEntries }) {
    if (!journal.isCurrent) return skipped('Snapshots are kept from the next run on.')
    const log = await readEntries()
    // an edited log is told once
    const isWhole = findBreak(log) === null
    let checked = 0
    let snapshots = 0
    let unfollowed: Kept | undefined
    const findings: Finding[] = []
    for await (const kept of readArchive(session)) {
      checked += 1
      if (kept.kind === 'snapshot') snapshots += 1
      if (kept.text === null) findings.push(describeDamage(kept))
      else if (isWhole && kept.kind === 'snapshot' && !follows(log, kept)) unfollowed ??= kept
    }
    if (unfollowed) findings.push(cut(unfollowed))
    if (snapshots === 0 && settled(log)) findings.push(NONE_KEPT)
    return { checked, findings }
  },
}

/** Whether the log has the entry that a snapshot was kept after. */
function follows(log: readonly LogEntry[], { key, text }: Kept): boolean {
  const entry = log[Number(key) - 1]
  const expected = entryOfKept(text ?? '{}')
  return entry !== undefined && (expected === null || entry.hash === expected)
}

/** Whether more than one run has left a schema to keep: a single one may have been interrupted before it could. */
function settled(log: readonly LogEntry[]): boolean {
  const upgraded = log.findLastIndex(({ event }) => event === 'journal_upgraded')
  if (upgraded < 0 && log[0]?.prevHash === OLDER_GENESIS.hash) return false
  const entries = log.slice(upgraded + 1).filter(({ event }) => settlesSchema(event))
  return new Set(entries.map(({ run }) => run)).size > 1
}

const cut = ({ key, at }: Kept): Finding => ({
  code: 'JOURNAL_CHAIN_BROKEN',
  severity: 'error',
  message: `A snapshot of the schema was kept ${at} after an entry ${key} of ${LOG_TABLE} that is not there now: entries were removed or replaced.`,
  at: { object: `${LOG_TABLE} ${key}` },
  fix: 'Find out who changed the log; restore a backup if it cannot be trusted.',
})

const NONE_KEPT: Finding = {
  code: 'SNAPSHOT_DAMAGED',
  severity: 'warning',
  message: `${ARCHIVE_TABLE} holds no snapshot of the schema, though runs have left one to keep: they were removed, or every run ended before it could keep its own.`,
  at: { object: `${ARCHIVE_TABLE} snapshot` },
  fix: '`drift` compares with the generated snapshot until the next migration keeps a new one.',
}

export function describeDamage({ kind, key, at }: Kept): Finding {
  const what =
    kind === 'snapshot'
      ? `The snapshot of the schema that was kept ${at} after entry ${key} of the log`
      : `The source that was kept ${at} under the checksum ${key}`
  const then =
    kind === 'snapshot'
      ? '`drift` compares with the generated snapshot until a run keeps a new one.'
      : 'The next run keeps it anew, if the file is still there.'
  return {
    code: 'SNAPSHOT_DAMAGED',
    severity: 'warning',
    message: `${what} is not what was kept: it was edited, or is damaged.`,
    at: { object: `${ARCHIVE_TABLE} ${kind} ${key}` },
    fix: `Remove it by hand: DELETE FROM ${ARCHIVE_TABLE} WHERE kind = '${kind}' AND key = '${key.replaceAll("'", "''")}'. ${then}`,
  }
}
