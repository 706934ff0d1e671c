import type { LogEntry } from '../../journal/chain.ts'
import type { JournalRow } from '../../journal/read.ts'
import { duration, time } from './format.ts'
import { STATES } from './status.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** What ran: one line a version, last changed first; below it, why it failed. */
export function renderHistory(rows: readonly JournalRow[], view: View): string {
  if (rows.length === 0) return 'Nothing has run yet.'
  return table(
    rows,
    [
      {
        value: ({ rollbackAt, appliedAt }) => time(rollbackAt ?? appliedAt),
        optional: true,
        color: () => 'dim',
      },
      {
        value: ({ status }) => `${STATES[status].mark} ${status}`,
        color: ({ status }) => STATES[status].color,
      },
      { value: ({ version }) => version },
      {
        value: ({ description, version }) => (description === version ? '' : (description ?? '')),
        shrinks: true,
      },
      {
        value: ({ executionTimeMs }) => (executionTimeMs === null ? '' : duration(executionTimeMs)),
        align: 'right',
        optional: true,
        color: () => 'dim',
      },
    ],
    view,
    ({ errorMessage }) => errorMessage,
  )
}

/** The whole log: who did what and when, newest first; below an entry, why. */
export function renderLog(entries: readonly LogEntry[], view: View): string {
  if (entries.length === 0) return 'The log is empty.'
  return table(
    entries,
    [
      { value: ({ seq }) => `${seq}`, align: 'right', optional: true, color: () => 'dim' },
      { value: ({ at }) => time(at), optional: true, color: () => 'dim' },
      { value: ({ event }) => event },
      { value: subject },
      { value: who, shrinks: true },
      { value: ({ run }) => run.slice(0, 8), optional: true, color: () => 'dim' },
    ],
    view,
    why,
  )
}

/** The version that an entry is about, or the name of the project's own work. */
function subject({ version, event, detail }: LogEntry): string {
  if (version !== null || detail === null || !event.startsWith('work_')) return version ?? ''
  return String((JSON.parse(detail) as { name?: unknown }).name ?? '')
}

/** Who wrote an entry: `ana as fossawork on host, pid 12`. */
export function who({ actor }: LogEntry): string {
  const user = actor.osUser ?? 'unknown'
  const role = actor.dbUser === null || actor.dbUser === user ? '' : ` as ${actor.dbUser}`
  return `${user}@${actor.host}${role}`
}

/** What the user said, or what went wrong. */
function why({ event, reason, detail }: LogEntry): string | null {
  if (reason !== null || detail === null || event !== 'failed') return reason
  return String((JSON.parse(detail) as { message?: unknown }).message ?? '')
}
