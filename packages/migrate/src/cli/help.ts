import type { Command } from './command.ts'
import { explained } from './render/wrap.ts'

/** The help of all commands: `fossawork-db --help`. */
export function overview(cli: string, commands: readonly Command[], width: number): string {
  const list = (items: readonly (readonly [string, string])[]): string[] => {
    const termWidth = Math.max(...items.map(([term]) => term.length))
    return items.map(([term, text]) => explained(term, termWidth, text, width))
  }
  return [
    `Usage: ${cli} <command> [options]`,
    '',
    'Commands:',
    ...list(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options:',
    ...list([
      ['-V, --version', 'show the version'],
      ['-h, --help', 'show this help'],
    ]),
    '',
    `See ${cli} help <command> for a command's options.`,
    '',
    'Exit status:',
    ...list(EXITS.map(([status, meaning]) => [String(status).padStart(3), meaning])),
  ].join('\n')
}

/** What the exit statuses mean. */
export const EXITS = [
  [0, 'done, or nothing to do'],
  [1, 'failed, and rolled back'],
  [2, 'usage or configuration'],
  [3, 'the database, a backup or the data needs attention'],
  [4, 'the lock was not obtained in time'],
  [130, 'interrupted'],
] as const satisfies readonly (readonly [number, string])[]
