import type { RunEvent } from '../../events.ts'
import { createEventLines, type Level } from './event-lines.ts'
import type { View } from './view.ts'
import { truncate } from './width.ts'

export interface Progress {
  readonly sink: (event: RunEvent) => void
  /** A line that stays. */
  print(text: string): void
  /** Removes the live line, so that something else can be written. */
  clear(): void
}

/** Where there is no terminal to keep a live line on, it is shown as one line of its own this often. */
const SHOW_LIVE_MS = 10_000

/**
 * Shows what happens on stderr: lines that stay, and on a terminal one live line below them. It is drawn at events
 * and needs no timer, which a statement of SQLite would stop anyway.
 */
export function createProgress(output: NodeJS.WriteStream, view: View, level: Level): Progress {
  const linesOf = createEventLines(view, level)
  const isTerminal = output.isTTY === true && level !== 'quiet'
  let isLive = false
  let shownAt = performance.now()

  const clear = (): void => {
    if (isLive) output.write('\r\x1b[2K')
    isLive = false
  }
  const print = (text: string): void => {
    clear()
    output.write(`${text}\n`)
    shownAt = performance.now()
  }
  const draw = (text: string): void => {
    clear()
    output.write(truncate(text, view.width - 1))
    isLive = true
  }
  return {
    print,
    clear,
    sink(event) {
      const { line, live, urgent } = linesOf(event)
      if (line !== undefined) print(line)
      if (live === undefined) return
      if (isTerminal) draw(live)
      else if (urgent || performance.now() - shownAt >= SHOW_LIVE_MS) print(live)
    },
  }
}
