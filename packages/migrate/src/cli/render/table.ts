import type { Paint, View } from './view.ts'
import { displayWidth, oneLine, truncate } from './width.ts'

export interface Column<Row> {
  readonly value: (row: Row) => string
  readonly align?: 'right'
  /** May be cut where the terminal is too narrow; of several, the last one first. */
  readonly shrinks?: true
  readonly color?: (row: Row) => Parameters<Paint>[0]
}

const GAP = 2
const NARROWEST = 8

/** Rows in columns, indented by two, one line each, as wide as the view at most where columns may shrink. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  view: View,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))))
  const used = columns.map((_, at) =>
    Math.max(...cells.map((line) => displayWidth(line[at] ?? ''))),
  )
  const widths = fit(used, columns, view.width)
  return rows
    .map((row, line) => {
      const painted = columns.map((column, at) => {
        const width = widths[at] ?? 0
        const cell = truncate(cells[line]?.[at] ?? '', width)
        const padding = ' '.repeat(width - displayWidth(cell))
        const color = column.color?.(row)
        const text = color && cell ? view.paint(color, cell) : cell
        return column.align === 'right' ? padding + text : text + padding
      })
      // an empty column takes no gap either
      return `  ${painted.filter((_, at) => widths[at]).join(' '.repeat(GAP))}`.trimEnd()
    })
    .join('\n')
}

function fit(
  used: readonly number[],
  columns: readonly Column<any>[],
  available: number,
): number[] {
  const widths = [...used]
  const shown = widths.filter((width) => width > 0).length
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * shown - available
  for (let at = columns.length - 1; at >= 0 && excess > 0; at--) {
    if (!columns[at]?.shrinks) continue
    const width = widths[at] ?? 0
    const cut = Math.min(excess, Math.max(0, width - NARROWEST))
    widths[at] = width - cut
    excess -= cut
  }
  return widths
}
