import { readFileSync, writeFileSync } from 'node:fs'
import type { Verdict } from './goals.ts'
import type { Table } from './table.ts'

const START = '<!-- results -->'
const END = '<!-- /results -->'

const number = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)

/** A table of medians, each also as a multiple of the least. */
export function renderTable({ title, unit = 'ms', rows }: Table): string {
  const least = rows[0]?.median ?? Number.NaN
  const lines = rows.map(({ name, min, median, max }) =>
    [name, ...[median, min, max, median / least].map(number)].join(' | '),
  )
  return [
    `### ${title}`,
    '',
    `| | median, ${unit} | min | max | × the ${unit === 'ms' ? 'fastest' : 'smallest'} |`,
    '|---|---:|---:|---:|---:|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

/** The goals, each with what was measured. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ goal, unit, measured, met }) => {
    const per = goal.of === null ? ` ${unit}` : ` × ${goal.of}`
    const found = measured === null ? 'not measured' : `${number(measured)}${per}`
    const limit = Number(goal.atMost.toFixed(3))
    return `| ${goal.table} | ${goal.row} | ≤ ${limit}${per} | ${found} | ${met ? 'met' : '**missed**'} |`
  })
  return ['| case | what | goal | measured | |', '|---|---|---|---|---|', ...lines].join('\n')
}

/** Puts the report between the markers of a file. */
export function writeReport(file: string, report: string): void {
  const text = readFileSync(file, 'utf8')
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new Error(`${file} has no ${START} … ${END}.`)
  writeFileSync(file, `${text.slice(0, start + START.length)}\n${report}\n${text.slice(end)}`)
}
