import type { MigrateConfig } from '../config/define.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { Command, CommandContext, CommandLoaders } from './command.ts'
import { COMMANDS } from './commands.ts'
import { createInterruption, type Interruption } from './interrupt.ts'
import { type Io, processIo } from './io.ts'
import { createOutput, type Output, type OutputOptions } from './output.ts'
import type { Parsed } from './parse.ts'
import type { Project } from './project.ts'
import { route } from './route.ts'
import { isTerminal } from './terminal.ts'

export interface CliOptions {
  /** What the command line is called, in help and in every hint. */
  readonly name: string
  /** What `--version` prints. Default: the engine's version. */
  readonly version?: string
  /** The configuration of a project's own command line. Default: `migrate.config.ts`, or `--config`. */
  readonly config?: MigrateConfig
  /** What relative paths in `config` are relative to. Default: the working folder. */
  readonly folder?: string
  /** Commands besides the engine's; one of the same name takes the place of the engine's. */
  readonly commands?: CommandLoaders
}

export interface Cli {
  readonly name: string
  /** Whether it brings its configuration. */
  readonly fixed: boolean
  /** Every command, loaded: what help and documentation are made from. */
  commands(): Promise<Command[]>
  /** Runs one command line and returns its exit status; never rejects. Default: this process's. */
  run(argv?: readonly string[], io?: Io): Promise<number>
}

/** A command line with the engine's commands, and a project's own. */
export function createCli(options: CliOptions): Cli {
  const { name, config } = options
  const loaders: CommandLoaders = { ...COMMANDS, ...options.commands }
  const cli: Cli = {
    name,
    fixed: config !== undefined,
    commands: () => Promise.all(Object.values(loaders).map(async (load) => (await load()).default)),
    run: (argv = process.argv.slice(2), io = processIo()) =>
      runCommandLine({ cli, options, loaders, io }, argv),
  }
  return cli
}

interface Running {
  readonly cli: Cli
  readonly options: CliOptions
  readonly loaders: CommandLoaders
  readonly io: Io
}

async function runCommandLine(running: Running, argv: readonly string[]): Promise<number> {
  const { cli, options, loaders, io } = running
  const names = Object.keys(loaders)
  let output = createOutput(io, cli.name, names, guessOutput(argv))
  let name: string | null = null
  const done = io.onStray((error) => {
    output.failure(name, error)
    io.exit(error.exit)
  })
  try {
    const asked = route(argv, names)
    if (asked.kind === 'version') return output.plain(options.version ?? VERSION)
    const width = io.stdout.columns ?? 80
    if (asked.kind === 'help') {
      const { overview } = await import('./help.ts')
      return output.plain(overview(cli.name, await cli.commands(), width))
    }
    if (asked.kind === 'none') {
      const hint = `See ${cli.name} --help for the commands.`
      throw new MigrateError('USAGE', { message: 'No command was given.', hint })
    }
    name = asked.command
    const { default: command } = await (loaders[name] as CommandLoaders[string])()
    const { parse } = await import('./parse.ts')
    const parsed = parse(command, asked.args, { cli: cli.name, fixed: cli.fixed, width })
    if ('help' in parsed) return output.plain(parsed.help)
    output = createOutput(io, cli.name, names, parsed.values)
    return await runCommand(running, command, parsed, output)
  } catch (thrown) {
    return output.failure(name, asMigrateError(thrown))
  } finally {
    done()
  }
}

/** Before the options are understood: how an error in them is to look. */
const guessOutput = (argv: readonly string[]): OutputOptions => ({
  json: argv.includes('--json'),
  noColor: argv.includes('--no-color'),
})

async function runCommand(
  { options, io }: Running,
  command: Command,
  parsed: Parsed,
  output: Output,
): Promise<number> {
  const values: OutputOptions & { yes?: boolean } = parsed.values
  const interruption = createInterruption(io, () => output.progress.print('Stopping …'))
  try {
    const context: CommandContext = {
      options: values as CommandContext['options'],
      arguments: parsed.args,
      cwd: io.cwd,
      env: io.env,
      masterKeySource: async () =>
        (await import('./project.ts')).findMasterKeySource(options.config, io.cwd),
      migrator: opener(options, values, { io, output, interruption }),
      async confirm(question, about, instead) {
        if (values.yes) return
        if (about) output.note(about)
        await (await import('./confirm.ts')).confirm(question, io, instead)
      },
      isInteractive: isTerminal(io) && values.json !== true,
      note: output.note,
      select: async (question, choices, instead) =>
        (await import('./select.ts')).select(question, choices, instead, io),
      ask: async (question, instead) => (await import('./ask.ts')).ask(question, instead, io),
    }
    return await output.answer(command.name, await command.run(context))
  } catch (thrown) {
    return output.failure(command.name, explain(thrown, interruption.signal))
  } finally {
    interruption.stop()
  }
}

function opener(
  { config, folder }: CliOptions,
  given: OutputOptions,
  { io, output, interruption }: { io: Io; output: Output; interruption: Interruption },
): CommandContext['migrator'] {
  return async (overrides = {}) => {
    const [{ resolveProject }, { createMigrator }] = await Promise.all([
      import('./project.ts'),
      import('../migrator.ts'),
    ])
    const fixed: Project | undefined = config && { config, folder: folder ?? io.cwd }
    const migrator = await createMigrator({
      ...(await resolveProject(fixed, given, overrides, io)),
      signal: interruption.signal,
      on(event) {
        interruption.sink(event)
        output.progress.sink(event)
      },
    })
    interruption.start(migrator.dialect)
    return migrator
  }
}

/** Once a signal came, whatever fails is the interruption. */
function explain(thrown: unknown, { aborted }: AbortSignal): MigrateError {
  const error = asMigrateError(thrown)
  if (!aborted || error.code === 'INTERRUPTED') return error
  return new MigrateError('INTERRUPTED', {
    message: `The run was interrupted: ${error.message}`,
    ...(error.at && { at: error.at }),
    cause: error,
  })
}
