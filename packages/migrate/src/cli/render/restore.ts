import type { DiscardResult } from '../../run/discard-previous.ts'
import type { RestoreResult, RowChange } from '../../run/restore.ts'
import { age, atVersion } from './backup.ts'
import { counted, time } from './format.ts'
import { findingList, nextLine, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** What a dry run found. */
export const renderPreview = (result: RestoreResult, view: View): string =>
  paragraphs(renderMeaning(result, view), 'Nothing was written.')

/** What a restore would mean. */
export function renderMeaning(result: RestoreResult, view: View): string {
  return paragraphs(
    what(result),
    findingList(result.findings, view),
    changeTable(result.changes, view),
    result.clients ? `Others have it open: ${result.clients}.` : '',
  )
}

function what({ file, takenAt, version }: RestoreResult): string {
  if (takenAt === null) return `${file} has no manifest: another tool made it.`
  return `${file}\ntaken ${time(takenAt)}, ${age(takenAt)} ago, ${atVersion(version)}.`
}

const MANY = 30

function changeTable(changes: readonly RowChange[], view: View): string {
  if (changes.length === 0) return 'Every table has as many rows in the backup as now.'
  const shown = changes.slice(0, MANY)
  const rest = changes.length - shown.length
  return `Rows, where they differ:\n${table(
    [{ table: 'table', now: 'now', backup: 'backup', lost: '' }, ...shown.map(asCells)],
    [
      { value: ({ table }) => table, shrinks: true },
      { value: ({ now }) => now, align: 'right' },
      { value: () => '→', color: () => 'dim' },
      { value: ({ backup }) => backup, align: 'right' },
      { value: ({ lost }) => lost, color: () => 'yellow' },
    ],
    view,
  )}${rest ? `\n  and ${counted(rest, 'table')} more` : ''}`
}

function asCells({ table, now, backup }: RowChange) {
  const fewer = (now ?? 0) - (backup ?? 0)
  return {
    table,
    now: now === null ? '–' : String(now),
    backup: backup === null ? '–' : String(backup),
    lost: fewer > 0 ? `${fewer} fewer` : '',
  }
}

/** What a restore did, and what comes next. */
export function renderRestore(result: RestoreResult, view: View): string {
  const { file, takenAt, version, safety, previous, proof, pending, findings } = result
  const since = takenAt === null ? '' : ` of ${time(takenAt)}, ${atVersion(version)}`
  return paragraphs(
    [
      `Restored ${file}${since}.`,
      proof === 'digest'
        ? 'What is live was read again and is what was restored.'
        : 'Others have written to it since, on top of what was restored.',
      safety === null ? '' : `What it replaced is backed up: ${safety}`,
      previous === null ? '' : `What it replaced is kept: ${previous}`,
    ]
      .filter(Boolean)
      .join('\n'),
    findingList(findings, view),
    pending?.length
      ? `Pending again: ${pending.join(', ')}.\n${nextLine('migrate', view)}`
      : 'No migration is pending.',
    previous === null
      ? ''
      : nextLine('restore --discard-previous', view, 'When it is no longer needed'),
  )
}

export function renderDiscarded(
  { outcome, discarded, findings }: DiscardResult,
  view: View,
): string {
  const list = discarded.map((name) => `  ${name}`).join('\n')
  const head = outcome === 'planned' ? 'These are kept of what restores replaced' : 'Removed'
  const nothing = findings.length > 0 ? '' : 'There is nothing that a restore replaced and kept.'
  return paragraphs(list ? `${head}:\n${list}` : nothing, findingList(findings, view))
}
