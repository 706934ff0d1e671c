import type { TakeOverResult } from '../../run/take-over.ts'
import { counted, wholeObjects } from './format.ts'
import { hintLine, nextLine, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** What `adopt` and `baseline` found, and what they did. */
export function renderTakeOver(
  verb: 'adopt' | 'baseline',
  result: TakeOverResult,
  view: View,
): string {
  const { differences, versions, leftovers, unexplained, backup } = result
  return paragraphs(
    versions.length
      ? table(
          versions,
          [
            {
              value: ({ equal }) => (equal ? '✓ equal' : '✗ differs'),
              color: ({ equal }) => (equal ? 'green' : 'red'),
            },
            { value: ({ version }) => version },
          ],
          view,
        )
      : '',
    listed(
      `${counted(differences.length, 'difference')} from what the migrations make:`,
      differences,
    ),
    ...leftovers.map(({ version, objects }) =>
      listed(
        `${version} failed and left behind, which the next run accepts:`,
        wholeObjects(objects),
      ),
    ),
    listed('Made by no migration, and left alone:', unexplained),
    outcome(verb, result, view),
    backup === null ? '' : `Backup: ${backup}`,
    result.outcome === 'done' ? nextLine('status', view) : '',
  )
}

const listed = (title: string, items: readonly string[]): string =>
  items.length ? `${title}\n${items.map((item) => `  ${item}`).join('\n')}` : ''

function outcome(verb: 'adopt' | 'baseline', result: TakeOverResult, view: View): string {
  const count = counted(result.versions.length, 'version')
  if (result.outcome === 'done') {
    return verb === 'adopt' ? `Adopted ${count}.` : `The journal begins with ${count} applied.`
  }
  if (result.outcome === 'planned') {
    return `${verb === 'adopt' ? `Would adopt ${count}` : `The journal would begin with ${count} applied`}. Nothing was written.`
  }
  return `The database is not what its migrations would have made. Nothing was written.\n${hintLine(`Mend the differences, or take it as it is: \`${verb}\` with --accept-drift.`, view)}`
}
