import { CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander'
import { MigrateError } from '../errors.ts'
import type { Command, OptionSpecs } from './command.ts'
import { DATABASE_OPTION, flagName, OUTPUT_OPTIONS, PROJECT_OPTIONS, valueName } from './options.ts'
import { explained, indented, wrap } from './render/wrap.ts'
import { withoutPasswords } from './secrets.ts'

export interface ParserOptions {
  /** The command line's own name. */
  readonly cli: string
  /** Whether the command line brings its configuration: then there is no `--migrations` and no `--config`. */
  readonly fixed: boolean
  /** For help, in columns. */
  readonly width: number
}

export interface Parsed {
  readonly values: Readonly<Record<string, unknown>>
  readonly args: readonly string[]
}

/** The options that a command has besides its own. */
export const globalOptions = (command: Command, fixed: boolean): OptionSpecs => ({
  ...(command.project !== false && { ...DATABASE_OPTION, ...(!fixed && PROJECT_OPTIONS) }),
  ...OUTPUT_OPTIONS,
})

/** Throws USAGE for what the command does not know, OPTION_MISSING for what it needs; `help` when it is asked for. */
export function parse(
  command: Command,
  args: readonly string[],
  options: ParserOptions,
): Parsed | { readonly help: string } {
  const parser = createParser(command, options)
  let help = ''
  parser.configureOutput({
    writeOut: (text) => {
      help += text
    },
    writeErr: () => {},
    getOutHelpWidth: () => options.width,
  })
  try {
    parser.parse(args, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (thrown.code === 'commander.helpDisplayed') return { help: help.trimEnd() }
    throw usageError(thrown, command, options)
  }
  return { values: valuesOf(command, parser, options), args: parser.args }
}

function createParser(command: Command, { cli, fixed, width }: ParserOptions): Parser {
  const parser = new Parser(`${cli} ${command.name}`)
    .exitOverride()
    .allowExcessArguments(false)
    .description(`${command.summary}.${command.description ? `\n\n${command.description}` : ''}`)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({
      boxWrap: wrap,
      // ours say it themselves, in words
      optionDescription: ({ description }) => description,
      formatItem: (term, termWidth, text) => explained(term, termWidth, text, width),
    })
  for (const [key, spec] of Object.entries(command.options)) parser.addOption(optionOf(key, spec))
  for (const [key, spec] of Object.entries(globalOptions(command, fixed))) {
    parser.addOption(optionOf(key, spec).helpGroup('Global options:'))
  }
  for (const { name, help, optional } of command.arguments ?? []) {
    parser.argument(optional ? `[${name}]` : `<${name}>`, help)
  }
  const examples = command.examples.map(
    ({ line, does }) => `  ${cli} ${line}\n${indented(does, 6, width)}`,
  )
  return parser.addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
}

function optionOf(key: string, spec: OptionSpecs[string]): Option {
  if (spec.type === 'flag') return new Option(flagName(key), spec.help)
  const option = new Option(`${flagName(key)} ${valueName(spec)}`, spec.help)
  const { choices } = spec
  if (spec.alone !== undefined) option.preset(spec.alone)
  return option.argParser((value: string, before: unknown) => {
    if (value === spec.alone) return value
    if (choices && !choices.includes(value)) {
      throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
    }
    try {
      const parsed: unknown = spec.parse(value)
      return spec.repeats ? [...((before as unknown[] | undefined) ?? []), parsed] : parsed
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  })
}

function valuesOf(
  command: Command,
  parser: Parser,
  { cli, fixed }: ParserOptions,
): Record<string, unknown> {
  const given = parser.opts()
  const specs: OptionSpecs = { ...command.options, ...globalOptions(command, fixed) }
  const values: Record<string, unknown> = {}
  for (const [key, spec] of Object.entries(specs)) {
    const option = optionOf(key, spec)
    const value: unknown = given[option.attributeName()]
    // commander counts `--no-x` as x being false
    values[key] = spec.type === 'value' ? value : option.negate ? value === false : value === true
    if (spec.type === 'value' && spec.required && value === undefined) {
      throw new MigrateError('OPTION_MISSING', {
        message: `${command.name} needs ${option.flags}: ${spec.help}.`,
        hint: seeHelp(cli, command),
      })
    }
  }
  if (values.quiet && values.verbose) {
    throw new MigrateError('USAGE', {
      message: '--quiet and --verbose exclude each other.',
      hint: seeHelp(cli, command),
    })
  }
  return values
}

const seeHelp = (cli: string, { name }: Command): string => `See ${cli} ${name} --help.`

function usageError(error: CommanderError, command: Command, { cli }: ParserOptions): MigrateError {
  const said = error.message
    .replace(/^error: /, '')
    .replace(/'(--[^'=\s]+)=[^']*'/, "'$1'")
    .replace(/\n\(Did you mean (.+)\?\)$/s, '. Is $1 meant?')
  const message = withoutPasswords(said.charAt(0).toUpperCase() + said.slice(1))
  return new MigrateError('USAGE', {
    message: /[.?]$/.test(message) ? message : `${message}.`,
    hint: seeHelp(cli, command),
    cause: error,
  })
}
