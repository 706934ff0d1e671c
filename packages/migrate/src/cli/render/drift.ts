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

/**
 * A script that undoes it all, each part after a line that says which difference it undoes. It loses no row and no value:
 * what would stands at its end, as comments. On PostgreSQL all of it happens, or nothing; on SQLite each part.
 */
export function renderUndo({ dialect, differences, leftovers, order }: DriftResult): string {
  const all = [...leftovers, ...differences]
  if (all.length === 0) return '-- Nothing changed behind our back.'
  const ordered = order.flatMap((key) => all.find((one) => one.key === key) ?? [])
  const soon = ordered.filter(({ sql, destroys }) => !sql || sql.length > 0 || !destroys.length)
  const late = ordered.filter(({ destroys }) => destroys.length > 0)
  const parts = (of: (statement: string) => boolean): string[] =>
    soon.flatMap((one) => {
      const statements = (one.sql ?? []).filter(of)
      return statements.length > 0 ? [[remark(one), ...statements.map(ended)].join('\n')] : []
    })
  const told = soon.filter(({ sql }) => !sql?.length).map(remark)
  const isWithin = (statement: string): boolean => !BEFORE.test(statement) && !AFTER.test(statement)
  const within = parts(isWithin)
  return [
    ...told,
    ...(dialect === 'postgres'
      ? [
          ...parts((statement) => BEFORE.test(statement)),
          ...(within.length > 0 ? ['BEGIN;', ...within, 'COMMIT;'] : []),
          ...parts((statement) => AFTER.test(statement)),
        ]
      : within),
    ...(late.length > 0 ? [LATE] : []),
    ...late.map((one) => [remark(one), ...one.destroys.map(ended).map(commented)].join('\n')),
  ].join('\n\n')
}

/** What is new in an enum cannot be used in the transaction that adds it. */
const BEFORE = /^ALTER TYPE .* ADD VALUE /s

/** What PostgreSQL refuses within a transaction, some of it only for partitioned tables. */
const AFTER = /^REINDEX |^(?:CREATE (?:UNIQUE )?|DROP )INDEX CONCURRENTLY /

const LATE = `-- What follows takes rows or values along, or waits for what does, and is not run.
-- Look at what is there first; then run what you want of it, without the dashes, in this order.`

const remark = ({ message, sql, destroys }: DriftLeftover): string =>
  `-- ${oneLine(message)}${sql === null ? ' No SQL undoes it.' : sql.length + destroys.length === 0 ? ' What undoes another difference undoes it.' : ''}`

/** A comment at the end would hide the semicolon. */
const ended = (statement: string): string =>
  statement.includes('--') ? `${statement}\n;` : `${statement};`

const commented = (statement: string): string => statement.replace(/^/gm, '-- ')
