import type { Diagnosis } from '../../run/diagnose.ts'
import type { LeftBehind, WayOut } from '../../run/ways-out.ts'
import { time, wholeObjects } from './format.ts'
import { who } from './history.ts'
import { hintLine, paragraphs } from './notes.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

/** What is wrong with a version, what is known of it, and the ways out with their commands. */
export function renderDiagnosis(found: Diagnosis, view: View): string {
  if (found.problem === null) return `Nothing to repair: ${found.message}`
  return paragraphs(
    view.paint('bold', oneLine(found.message)),
    facts(found, view),
    difference(found, view),
    [`Ways out:`, ...found.waysOut.map((way, at) => wayLines(way, at + 1, view))].join('\n'),
    'Nothing was written.',
  )
}

function wayLines({ means, fix }: WayOut, number: number, view: View): string {
  const line = `${number}. ${means}`
  return fix === null ? line : `${line}\n${hintLine(fix, view)}`
}

function facts({ status, since, entry, error, holder, left, unknown }: Diagnosis, view: View) {
  const known: readonly (readonly [label: string, text: string | null])[] = [
    ['state', `${status}, since ${time(since)}`],
    [
      'by',
      entry
        ? `${who(entry)}, in run ${entry.run.slice(0, 8)}`
        : 'nobody that the log knows: it was changed by hand in schema_migrations',
    ],
    ['error', error],
    [
      'lock',
      holder && `held by process ${holder.pid ?? 'unknown'} on ${holder.host ?? 'another host'}`,
    ],
    ...leftLines(left),
    ['left', unknown && `not known: ${unknown}`],
  ]
  return known
    .flatMap(([label, text]) =>
      text === null ? [] : [`  ${view.paint('dim', label.padEnd(9))} ${oneLine(text)}`],
    )
    .join('\n')
}

function leftLines(left: LeftBehind | null): [string, string | null][] {
  if (left === null) return []
  const list = (keys: readonly string[]): string | null =>
    keys.length ? wholeObjects(keys).join(', ') : null
  return [
    ['left', list(left.objects) ?? 'nothing that its file makes'],
    ['differs', list(left.different)],
    ['took away', list(left.damaged)],
  ]
}

const COLORS = { '+': 'green', '-': 'red', '@': 'cyan' } as const

function difference({ problem, difference }: Diagnosis, view: View): string {
  if (problem !== 'changed') return ''
  if (difference === null)
    return 'The text that was applied is not kept, so what changed cannot be shown.'
  return difference
    .split('\n')
    .map((line) => {
      const color = COLORS[line[0] as keyof typeof COLORS]
      // a tab is text here, and nothing else may steer the terminal
      const safe = line.split('\t').map(oneLine).join('\t')
      return `  ${color ? view.paint(color, safe) : safe}`.trimEnd()
    })
    .join('\n')
}
