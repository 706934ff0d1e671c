import type { Paint, View } from './view.ts'
import { displayWidth, oneLine, truncate } from './width.ts'

export interface Column<Row> {
  readonly value: (row: Row) => string
  readonly align?: 'right'
  /** May be cut where the terminal is too narrow, and left out last; of several, the last one first. */
  readonly shrinks?: true
  /** May be left out where cutting is not enough. */
  readonly optional?: true
  readonly color?: (row: Row) => Parameters<Paint>[0]
}

const GAP = 2
const NARROWEST = 8

/**
 * Rows in columns, indented by two, one line each, at most as wide as the view. `below` is a remark on a row that has
 * a line of its own.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  view: View,
  below: (row: Row) => string | null = () => null,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))))
  const used = columns.map((_, at) =>
    Math.max(...cells.map((line) => displayWidth(line[at] ?? ''))),
  )
  const widths = fit(used, columns, view.width)
  return rows
    .flatMap((row, line) => {
      const painted = columns.map((column, at) => {
        const width = widths[at] ?? 0
        const cell = truncate(cells[line]?.[at] ?? '', width)
        const padding = ' '.repeat(Math.max(0, width - displayWidth(cell)))
        const color = column.color?.(row)
        const text = color && cell ? view.paint(color, cell) : cell
        return column.align === 'right' ? padding + text : text + padding
      })
      // an empty column takes no gap either
      const shown = `  ${painted.filter((_, at) => widths[at]).join(' '.repeat(GAP))}`.trimEnd()
      const remark = below(row)
      if (remark === null) return [shown]
      return [shown, view.paint('dim', truncate(`      ${oneLine(remark)}`, view.width))]
    })
    .join('\n')
}

function fit(
  used: readonly number[],
  columns: readonly Column<any>[],
  available: number,
): number[] {
  const widths = [...used]
  const excess = (): number => {
    const shown = widths.filter((width) => width > 0)
    return shown.reduce((sum, width) => sum + width, GAP * shown.length) - available
  }
  const cut = (at: number, narrowest: number): void => {
    const width = widths[at] ?? 0
    widths[at] = width - Math.min(Math.max(0, excess()), Math.max(0, width - narrowest))
  }
  const leaveOut = (at: number): void => {
    if (excess() > 0) widths[at] = 0
  }
  const order = columns.map((_, at) => at).reverse()
  const [shrinking, optional] = [
    order.filter((at) => columns[at]?.shrinks),
    order.filter((at) => columns[at]?.optional),
  ]
  for (const at of shrinking) cut(at, NARROWEST)
  for (const at of [...optional, ...shrinking]) leaveOut(at)
  // what was left out may have made more room than was missing
  for (const at of [...shrinking, ...optional].reverse()) {
    const [width = 0, wanted = 0] = [widths[at], used[at]]
    const most = width - excess() - (width ? 0 : GAP)
    if (most >= wanted) widths[at] = wanted
    else if (columns[at]?.shrinks && most >= NARROWEST) widths[at] = most
  }
  if (excess() > 0) cut(widths.indexOf(Math.max(...widths)), 1)
  return widths
}
