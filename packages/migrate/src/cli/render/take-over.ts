import type { TakeOverResult } from '../../run/take-over.ts'
import { counted, wholeObjects } from './format.ts'
import { hintLine, nextLine, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** What `adopt` and `baseline` found, and what they did. `command` is what was typed, without the name in front. */
export function renderTakeOver(command: string, result: TakeOverResult, view: View): string {
  return paragraphs(
    renderComparison(result, view),
    outcome(command, result, view),
    result.backup === null ? '' : `Backup: ${result.backup}`,
    result.outcome === 'done' ? nextLine('status', view) : '',
  )
}

/** What is there against what the migrations make. */
export function renderComparison(
  { differences, versions, leftovers, unexplained }: TakeOverResult,
  view: View,
): string {
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
  )
}

const listed = (title: string, items: readonly string[]): string =>
  items.length ? `${title}\n${items.map((item) => `  ${item}`).join('\n')}` : ''

function outcome(command: string, result: TakeOverResult, view: View): string {
  const adopts = command === 'adopt'
  const count = counted(result.versions.length, 'version')
  if (result.outcome === 'done') {
    return adopts ? `Adopted ${count}.` : `The journal begins with ${count} applied.`
  }
  if (result.outcome === 'planned') {
    return `${adopts ? `Would adopt ${count}` : `The journal would begin with ${count} applied`}. Nothing was written.`
  }
  return `The database is not what its migrations would have made. Nothing was written.\n${hintLine(`Mend the differences, or take it as it is: \`${command} --accept-drift\`.`, view)}`
}
