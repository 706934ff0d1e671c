import { relative } from 'node:path'
import type { MigrateError, Place } from '../../errors.ts'
import type { Io } from '../io.ts'
import { hintLine } from './notes.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

/** An error for people: its code, what happened, where, and what to do. `verbose` adds what caused it. */
export function errorLines(
  error: MigrateError,
  view: View,
  io: Pick<Io, 'cwd'>,
  verbose: boolean,
): string {
  const { paint } = view
  const lines = [
    `${paint(['red', 'bold'], 'error')} ${paint('bold', error.code)}: ${oneLine(error.message)}`,
  ]
  if (error.at?.file !== undefined) lines.push(`  at ${placeOf(error.at, io.cwd)}`)
  if (error.at?.frame !== undefined) lines.push(indented(error.at.frame))
  lines.push(hintLine(error.hint, view))
  if (verbose) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      // a stack is text; the error itself may carry anything
      lines.push(paint('dim', indented(at.stack ?? at.message)))
    }
  }
  return lines.join('\n')
}

/** `migrations/v002.sql:3:14`, as editors and terminals make a link of it. */
function placeOf({ file = '', line, column }: Place, cwd: string): string {
  const near = relative(cwd, file)
  const path = near.startsWith('..') ? file : near
  return [path, line, column].filter((part) => part !== undefined).join(':')
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${oneLine(line)}`.trimEnd())
    .join('\n')
