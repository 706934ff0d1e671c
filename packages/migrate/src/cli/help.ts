import type { Command } from './command.ts'

/** The help of all commands: `fossawork-db --help`. */
export function overview(cli: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `Usage: ${cli} <command> [options]`,
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Options:',
    '  -V, --version  show the version',
    '  -h, --help     show this help',
    '',
    `See ${cli} help <command> for a command's options.`,
    '',
    'Exit status:',
    ...EXITS.map(([status, meaning]) => `  ${String(status).padStart(3)}  ${meaning}`),
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
