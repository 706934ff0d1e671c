import type { Finding, Severity } from '../../finding.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

const LOOKS = { error: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<
  Severity,
  string
>

/** A hint on a line of its own. */
export const hintLine = (text: string, view: View): string =>
  `  ${view.paint('cyan', '→')} ${oneLine(view.hint(text))}`

/** A finding: what it is, and below it what mends it. */
export function findingLines({ code, severity, message, fix }: Finding, view: View): string {
  const head = `${view.paint([LOOKS[severity], 'bold'], severity)} ${view.paint('bold', code)}: ${oneLine(message)}`
  return fix === undefined ? head : `${head}\n${hintLine(fix, view)}`
}

/** Findings below each other; what mends several in a row is said once. */
export const findingList = (findings: readonly Finding[], view: View): string =>
  findings
    .map((finding, at) => {
      const { fix, ...bare } = finding
      return findingLines(fix !== undefined && findings[at + 1]?.fix === fix ? bare : finding, view)
    })
    .join('\n')

export const noMigrations = (folder: string): string => `There are no migrations in ${folder}.`

/** Parts of an answer, a blank line between them; those that are empty are left out. */
export const paragraphs = (...parts: readonly string[]): string =>
  parts.filter(Boolean).join('\n\n')

/** `Next: …` with a command to type. */
export const nextLine = (command: string, view: View, when = 'Next'): string =>
  `${when}: ${view.paint('bold', view.hint(`\`${command}\``).slice(1, -1))}`
