import type { DriftDifference, DriftLeftover, DriftResult } from '../../run/drift.ts'
import type { DriftSource } from '../../run/drift-base.ts'
import { counted, time } from './format.ts'
import { findingList, hintLine, paragraphs } from './notes.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

/** What changed, the dangerous apart, and what can be done about it. */
export function renderDrift(result: DriftResult, view: View): string {
  const { base, differences, leftovers, findings } = result
  const of = (danger: DriftDifference['danger']) =>
    differences.filter((difference) => difference.danger === danger)
  const dangerous = of('dangerous')
  return paragraphs(
    findings.length > 0 ? findingList(findings, view) : '',
    listed('Dangerous:', dangerous, view.paint('red', '✗'), view),
    listed('Harmless:', of('harmless'), '·', view),
    listed('Left by this tool:', leftovers, '·', view),
    summary(result, dangerous.length),
    [
      differences.length + leftovers.length > 0
        ? hintLine('`drift --sql` prints what undoes it.', view)
        : '',
      dangerous.length > 0
        ? hintLine('`migrate --accept-drift` goes on with it as it is.', view)
        : '',
    ]
      .filter(Boolean)
      .join('\n'),
    `Compared with ${nameOf(base)}.`,
  )
}

function summary({ differences, leftovers }: DriftResult, dangerous: number): string {
  if (differences.length + leftovers.length === 0) return 'Nothing changed behind our back.'
  const parts = [
    counted(differences.length, 'difference'),
    dangerous > 0 ? `${dangerous} of them dangerous` : '',
    leftovers.length > 0 ? counted(leftovers.length, 'leftover') : '',
  ]
  return `${parts.filter(Boolean).join(', ')}.`
}

const nameOf = (base: DriftSource): string =>
  base.kind === 'kept'
    ? `what the run left that wrote entry ${base.seq} of the log, kept ${time(base.at)}`
    : `what ${counted(base.versions, 'applied version')} would make; grants and owners are not known of it`

const listed = (
  title: string,
  items: readonly DriftLeftover[],
  mark: string,
  view: View,
): string =>
  items.length === 0
    ? ''
    : [
        view.paint('bold', title),
        ...items.map(
          ({ message, why }) =>
            `  ${mark} ${oneLine(message)}\n      ${view.paint('dim', oneLine(view.hint(why)))}`,
        ),
      ].join('\n')

/** The statements that undo it all, each after a line that says which difference it undoes. */
export function renderUndo({ differences, leftovers }: DriftResult): string {
  const all = [...leftovers, ...differences]
  if (all.length === 0) return '-- Nothing changed behind our back.'
  return all
    .map((difference) => [remark(difference), ...statements(difference)].join('\n'))
    .join('\n\n')
}

function remark({ key, kind, message, sql }: DriftLeftover): string {
  const takesRows = kind === 'unexpected' && /^(table|column) /.test(key)
  const note = sql === null ? ' No SQL undoes it.' : takesRows ? ' What it holds goes with it.' : ''
  return `-- ${oneLine(message)}${note}`
}

/** A comment at the end would hide the semicolon. */
const statements = ({ sql }: DriftLeftover): string[] =>
  (sql ?? []).map((statement) => (statement.includes('--') ? `${statement}\n;` : `${statement};`))
