import type { Finding } from '../finding.ts'
import { findBreak, type LogEntry } from '../journal/chain.ts'
import { describeHandChange, findHandChanges } from '../journal/hand-changes.ts'
import type { Journal, LoggedState } from '../journal/read.ts'
import { inspectJournal, type KnownFile } from '../plan/inspect.ts'

/** The journal against the files, its log against itself: everything that a run would refuse for, and the chain. */
export function checkTracking(
  journal: Journal,
  files: readonly KnownFile[],
  log: readonly LogEntry[],
): Finding[] {
  const findings = inspectJournal(journal, files)
  if (journal.kind !== 'ours') return findings
  const broken = findBreak(log)
  if (broken) {
    findings.push({
      code: 'JOURNAL_CHAIN_BROKEN',
      severity: 'error',
      message: `Entry ${broken.seq} of schema_migration_log does not hold: ${broken.why}.`,
      at: { object: `schema_migration_log ${broken.seq}` },
      fix: 'Find out who edited the log; restore a backup if the journal cannot be trusted.',
    })
  }
  for (const change of findHandChanges(journal.rows, statesOf(log))) {
    findings.push({
      code: 'CHANGED_BY_HAND',
      severity: 'warning',
      message: describeHandChange(change),
      at: { version: change.version },
      fix: 'The next run records the change and goes on from it.',
    })
  }
  return findings
}

/** The state that the log left each version in. */
function statesOf(log: readonly LogEntry[]): Map<string, LoggedState> {
  const states = new Map<string, LoggedState>()
  for (const { version, status, checksum } of log) {
    if (version !== null && status !== null) states.set(version, { status, checksum })
  }
  return states
}
