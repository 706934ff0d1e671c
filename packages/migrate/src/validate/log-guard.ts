import { ARCHIVE_TABLE, LOG_TABLE } from '../dialect/port.ts'
import type { Finding } from '../finding.ts'
import { type Check, skipped } from './check.ts'

/** Whether the log can only be added to, and takes what is added: its own triggers stand, and nobody else's. */
export const LOG_GUARDED: Check = {
  category: 'tracking',
  name: 'log guarded',
  async run({ journal, dialect, session }) {
    const { kind, isCurrent, isStripped } = journal
    if (kind !== 'ours') return skipped('The database has no log of ours.')
    if (!isCurrent && !isStripped) {
      return skipped('The journal is an older one: the next run guards it.')
    }
    const guard = await dialect.logGuard()
    const prefix = await dialect.journalPrefix(session)
    const unguarded = await guard.missing(session, prefix)
    const missing = isStripped ? [ARCHIVE_TABLE, ...unguarded] : unguarded
    const strangers = await guard.strangers(session, prefix)
    const findings: Finding[] = []
    if (missing.length > 0) {
      findings.push(
        finding(
          describeUnguarded(missing),
          missing,
          'Find out who did it. The next run puts it back, and the log tells of it.',
        ),
      )
    }
    if (strangers.length > 0) {
      findings.push(
        finding(
          `What is written to the journal may be swallowed or changed: its tables have what is not this tool's (${strangers.join(', ')}).`,
          strangers,
          'Find out who made it, and drop it.',
        ),
      )
    }
    return { checked: 1, findings }
  },
}

const finding = (message: string, what: readonly string[], fix: string): Finding => ({
  code: 'LOG_UNGUARDED',
  severity: 'warning',
  message,
  at: { object: LOG_TABLE },
  count: what.length,
  examples: what.slice(0, 3),
  fix,
})

/** `what`: triggers of the log, the archive. */
export function describeUnguarded(what: readonly string[]): string {
  const triggers = what.filter((name) => name !== ARCHIVE_TABLE)
  const gone = `${ARCHIVE_TABLE}, what is kept with the log, was removed.`
  const open = `The log can be changed: what makes ${LOG_TABLE} append-only was removed, switched off or altered (${triggers.join(', ')}).`
  return [
    ...(triggers.length < what.length ? [gone] : []),
    ...(triggers.length > 0 ? [open] : []),
  ].join(' ')
}
