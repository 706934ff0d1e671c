import type { Command, OptionSpecs } from './command.ts'
import type { Cli } from './create-cli.ts'
import { EXITS } from './help.ts'
import { flagName, OUTPUT_OPTIONS } from './options.ts'
import { globalOptions } from './parse.ts'

/** The reference of a command line in Markdown, made from what its parser and its help are made from. */
export async function renderCliDocs(cli: Cli): Promise<string> {
  const commands = await cli.commands()
  const parts = [
    `# ${cli.name}`,
    `\`${cli.name} <command> [options]\`. This page is generated from the commands themselves.`,
    '## Commands',
    table(
      ['command', 'does'],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${anchor(cli, name)})`, summary]),
    ),
    '## Options of every command',
    optionTable(OUTPUT_OPTIONS),
    '## Exit status',
    table(
      ['status', 'means'],
      EXITS.map(([status, meaning]) => [String(status), meaning]),
    ),
    ...commands.flatMap((command) => section(cli, command)),
  ]
  return `${parts.join('\n\n')}\n`
}

function section(cli: Cli, command: Command): string[] {
  const options = { ...command.options, ...withoutOutput(globalOptions(command, cli.fixed)) }
  const args = command.arguments ?? []
  return [
    `## ${cli.name} ${command.name}`,
    `${command.summary}.${command.description ? ` ${command.description}` : ''}`,
    ...(args.length
      ? [
          table(
            ['argument', 'is'],
            args.map(({ name, help }) => [`\`${name}\``, help]),
          ),
        ]
      : []),
    ...(Object.keys(options).length ? [optionTable(options)] : []),
    table(
      ['example', 'does'],
      command.examples.map(({ line, does }) => [`\`${cli.name} ${line}\``, does]),
    ),
  ]
}

const anchor = (cli: Cli, name: string): string => `${cli.name}-${name}`.toLowerCase()

const withoutOutput = (options: OptionSpecs): OptionSpecs =>
  Object.fromEntries(Object.entries(options).filter(([key]) => !(key in OUTPUT_OPTIONS)))

const optionTable = (options: OptionSpecs): string =>
  table(
    ['option', 'does'],
    Object.entries(options).map(([key, spec]) => [
      `\`${flagName(key)}${spec.type === 'value' ? ` ${spec.alone === undefined ? spec.placeholder : `[${spec.placeholder}]`}` : ''}\``,
      spec.type === 'value' && spec.required ? `${spec.help} (needed)` : spec.help,
    ]),
  )

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
