/** What varies from run to run, each with what stands for it. The order counts. */
const VARYING: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '<date>'],
  [/(backup_|before_restore_|damaged-|v1-data_)\d{8}_\d{6}(_\d+)?/g, '$1<date>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b[0-9a-f]{64}\b/g, '<hash>'],
  [/\b[0-9a-f]{8}\b/g, '<run>'],
  [/\bage1[0-9a-z]{58}\b/g, '<recipient>'],
  [/\b(pid|process|kill) \d+/g, '$1 <pid>'],
  [/"pid":\d+/g, '"pid":<pid>'],
  [/\b\d+ min \d+ s\b|\b\d+(\.\d+)? m?s\b/g, '<time>'],
  [/\b\d+ (second|minute|hour|day)s?\b/g, '<age>'],
  [/"(\w*Ms|bytes)":\d+/g, '"$1":<number>'],
  [/\b\d+(\.\d+)? [kMG]?B\b/g, '<size>'],
  // columns are as wide as what varies in them
  [/(?<=\S) {2,}/g, '  '],
]

/** A text as a pattern that matches it alone. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const normalised = (line: string): string =>
  VARYING.reduce((text, [pattern, by]) => text.replace(pattern, by), line.trimEnd())

/** Whether a line is as the document shows it; `…` in the document stands for anything. */
export function sameLine(shown: string, actual: string): boolean {
  const parts = normalised(shown).split('…').map(escaped)
  return new RegExp(`^${parts.join('.*')}$`).test(normalised(actual))
}

/** Whether the output is as shown; a line that is only `…` stands for any number of lines. */
function sameLines(shown: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = shown
  if (first === undefined) return actual.length === 0
  if (first.trim() !== '…') {
    const [line, ...others] = actual
    return line !== undefined && sameLine(first, line) && sameLines(rest, others)
  }
  return Array.from({ length: actual.length + 1 }, (_, skipped) => skipped).some((skipped) =>
    sameLines(rest, actual.slice(skipped)),
  )
}

/** The difference between what a document shows and what came, for people; null where there is none. */
export function difference(shown: readonly string[], output: string): string | null {
  const expected = trimmed(shown)
  const actual = trimmed(output.split('\n'))
  if (sameLines(expected, actual)) return null
  let head = 0
  while (head < expected.length && same(expected[head], actual[head])) head++
  let tail = 0
  while (
    tail < Math.min(expected.length, actual.length) - head &&
    same(expected.at(-1 - tail), actual.at(-1 - tail))
  ) {
    tail++
  }
  return [
    ...actual.slice(0, head).map((line) => `    ${line}`),
    ...expected.slice(head, expected.length - tail).map((line) => `  - ${line}`),
    ...actual.slice(head, actual.length - tail).map((line) => `  + ${line}`),
    ...actual.slice(actual.length - tail).map((line) => `    ${line}`),
  ].join('\n')
}

const same = (shown: string | undefined, actual: string | undefined): boolean =>
  shown !== undefined && actual !== undefined && sameLine(shown, actual)

/** Without empty lines at either end. */
export function trimmed(lines: readonly string[]): string[] {
  const filled = lines.map((line) => line.trim() !== '')
  return lines.slice(Math.max(0, filled.indexOf(true)), filled.lastIndexOf(true) + 1)
}
