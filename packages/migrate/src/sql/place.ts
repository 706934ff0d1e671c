import type { Place } from '../errors.ts'

/** Columns of a line that a code frame shows at most. */
const FRAME_WIDTH = 120
const LINES_AROUND = 2
const TAB = '    '

/** Line and column of an offset, both from 1. Columns count UTF-16 units, as editors do; a BOM is none. */
export function placeAt(source: string, offset: number): { line: number; column: number } {
  const at = Math.min(Math.max(offset, 0), source.length)
  let line = 1
  let start = source.startsWith('\uFEFF') ? 1 : 0
  for (let end = source.indexOf('\n'); end >= 0 && end < at; end = source.indexOf('\n', end + 1)) {
    line++
    start = end + 1
  }
  return { line, column: Math.max(at - start, 0) + 1 }
}

/** The lines around an offset, numbered, `>` at its line and `^` under its column. Long lines are cut. */
export function codeFrame(source: string, offset: number): string {
  const { line, column } = placeAt(source, offset)
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/)
  const first = Math.max(line - LINES_AROUND, 1)
  const last = Math.min(line + LINES_AROUND, lines.length)
  const gutter = String(last).length
  const caret = shown((lines[line - 1] ?? '').slice(0, column - 1)).length
  const from = windowStart(shown(lines[line - 1] ?? '').length, caret)

  const frame: string[] = []
  for (let number = first; number <= last; number++) {
    const mark = number === line ? '>' : ' '
    const text = cut(shown(lines[number - 1] ?? ''), from)
    frame.push(`${mark} ${String(number).padStart(gutter)} | ${text}`.trimEnd())
    if (number === line) frame.push(`  ${' '.repeat(gutter)} | ${' '.repeat(caret - from)}^`)
  }
  return frame.join('\n')
}

/** An offset as an error's place: line, column and code frame. */
export function framedPlace(source: string, offset: number): Place {
  return { ...placeAt(source, offset), frame: codeFrame(source, offset) }
}

/** The line's characters, a code point each, as a terminal shows them. */
const shown = (line: string): string[] => [...line.replaceAll('\t', TAB)]

function windowStart(length: number, caret: number): number {
  if (length <= FRAME_WIDTH) return 0
  return Math.max(Math.min(caret - FRAME_WIDTH / 2, length - FRAME_WIDTH), 0)
}

function cut(line: readonly string[], from: number): string {
  const part = line.slice(from, from + FRAME_WIDTH)
  if (from > 0 && part.length > 0) part[0] = '…'
  if (from + FRAME_WIDTH < line.length) part[part.length - 1] = '…'
  return part.join('')
}
