import type { Status, VersionState } from '../../run/status.ts'
import { counted, time } from './format.ts'
import { findingList, nextLine, noMigrations, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** How a version's state looks, with and without colours. */
export const STATES = {
  applied: { mark: '✓', color: 'green' },
  pending: { mark: '·', color: 'cyan' },
  failed: { mark: '✗', color: 'red' },
  rolled_back: { mark: '↩', color: 'yellow' },
  running: { mark: '▸', color: 'yellow' },
} as const satisfies Record<VersionState['status'], { mark: string; color: string }>

/** Where the database stands: facts, versions, what stands in the way, and what to type next. `folder` holds the migrations. */
export function renderStatus(status: Status, view: View, folder: string): string {
  const versions = status.versions.length
    ? table(
        status.versions,
        [
          { value: mark, color: ({ status }) => STATES[status].color },
          { value: ({ version }) => version },
          {
            value: ({ description, version }) => (description === version ? '' : description),
            shrinks: true,
          },
          { value: ({ appliedAt }) => time(appliedAt), optional: true, color: () => 'dim' },
        ],
        view,
        ({ errorMessage }) => errorMessage?.split('\n', 1)[0] ?? null,
      )
    : noMigrations(folder)
  return paragraphs(
    facts(status, view),
    versions,
    counts(status),
    findingList(status.findings, view),
    next(status, view),
  )
}

const mark = ({ status }: VersionState): string => `${STATES[status].mark} ${status}`

function facts(status: Status, { paint }: View): string {
  const journal = {
    none: 'none yet',
    ours: 'kept by this tool',
    foreign: "another tool's",
  }[status.journal]
  return [
    `${paint('bold', 'Database')}  ${status.database} (${status.dialect})${status.exists ? '' : ', which does not exist yet'}`,
    `${paint('bold', 'Journal')}   ${journal}`,
    `${paint('bold', 'Current')}   ${status.current ?? 'no version'}`,
  ].join('\n')
}

function counts({ versions }: Status): string {
  const parts = (Object.keys(STATES) as VersionState['status'][])
    .map((state) => ({ state, count: versions.filter(({ status }) => status === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state.replace('_', ' ')}`)
  return parts.length ? `${counted(versions.length, 'version')}: ${parts.join(', ')}.` : ''
}

function next({ findings, pending, versions }: Status, view: View): string {
  if (versions.length === 0) return ''
  if (findings.some(({ severity }) => severity === 'error')) return ''
  return pending.length ? nextLine('migrate', view) : 'Nothing is pending.'
}
