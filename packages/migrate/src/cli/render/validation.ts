import type { Finding } from '../../finding.ts'
import type { ValidationResult } from '../../run/validate.ts'
import type { CheckResult } from '../../validate/run-checks.ts'
import { counted, duration } from './format.ts'
import { findingLines, hintLine, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

const MARKS = {
  passed: ['✓', 'green'],
  warnings: ['!', 'yellow'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
} as const satisfies Record<CheckResult['outcome'], readonly [string, string]>

/** The checks as a table, below it what they found. */
export function renderValidation({ checks, findings }: ValidationResult, view: View): string {
  return paragraphs(
    table(
      checks,
      [
        { value: ({ outcome }) => MARKS[outcome][0], color: ({ outcome }) => MARKS[outcome][1] },
        { value: ({ category }) => category },
        { value: ({ name }) => name, shrinks: true },
        { value: said, shrinks: true, color: ({ outcome }) => MARKS[outcome][1] },
        {
          value: ({ durationMs }) => duration(durationMs),
          align: 'right',
          optional: true,
          color: () => 'dim',
        },
      ],
      view,
    ),
    ...findings.map((finding, at) => describe(finding, findings[at + 1], view)),
    summary(checks, findings),
  )
}

function said({ outcome, checked, errors, warnings, skipped, note }: CheckResult): string {
  if (outcome === 'skipped') return `skipped: ${skipped}`
  const of = errors + warnings
  const what =
    of > 0
      ? [errors && counted(errors, 'failure'), warnings && counted(warnings, 'warning')]
          .filter(Boolean)
          .join(', ')
      : `${checked} looked at`
  return note === null ? what : `${what}. ${note}`
}

function describe(finding: Finding, next: Finding | undefined, view: View): string {
  const { at, count, examples, fix, ...bare } = finding
  const where = at?.object ?? at?.version ?? at?.file
  const about = [
    where === undefined || bare.message.includes(where) ? '' : `at ${where}`,
    count === undefined ? '' : `${count} in all`,
    examples === undefined ? '' : `such as ${examples.join('; ')}`,
  ].filter(Boolean)
  return [
    findingLines(bare, view),
    about.length > 0 ? `  ${view.paint('dim', oneLine(about.join(', ')))}` : '',
    fix === undefined || fix === next?.fix ? '' : hintLine(fix, view),
  ]
    .filter(Boolean)
    .join('\n')
}

function summary(checks: readonly CheckResult[], findings: readonly Finding[]): string {
  const of = (outcome: CheckResult['outcome']): number =>
    checks.filter((check) => check.outcome === outcome).length
  const notes = findings.filter(({ severity }) => severity === 'info').length
  const parts = [
    `${counted(of('passed'), 'check')} passed`,
    `${of('warnings')} with warnings`,
    `${of('failed')} failed`,
    `${of('skipped')} skipped`,
    notes > 0 ? counted(notes, 'note') : '',
  ]
  return `${parts.filter(Boolean).join(', ')}.`
}
