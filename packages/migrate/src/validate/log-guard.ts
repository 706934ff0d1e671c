import { LOG_TABLE } from '../dialect/port.ts'
import { type Check, skipped } from './check.ts'

/** Whether the triggers stand that let nobody change or remove an entry of the log. */
export const LOG_GUARDED: Check = {
  category: 'tracking',
  name: 'log guarded',
  async run({ journal, dialect, session }) {
    if (journal.kind !== 'ours') return skipped('The database has no log of ours.')
    if (!journal.isCurrent) return skipped('The journal is an older one: the next run guards it.')
    const guard = await dialect.logGuard()
    const missing = await guard.missing(session, await dialect.journalPrefix(session))
    if (missing.length === 0) return { checked: 1, findings: [] }
    return {
      checked: 1,
      findings: [
        {
          code: 'LOG_UNGUARDED',
          severity: 'warning',
          message: describeUnguarded(missing),
          at: { object: LOG_TABLE },
          count: missing.length,
          examples: missing,
          fix: 'Find out who did it. The next run puts it back, and the log tells of it.',
        },
      ],
    }
  },
}

export const describeUnguarded = (triggers: readonly string[]): string =>
  `The log can be changed: what makes ${LOG_TABLE} append-only was removed, switched off or altered (${triggers.join(', ')}).`
