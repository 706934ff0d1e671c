import type { MigrateError } from '../errors.ts'
import type { Answer } from './command.ts'
import type { Io } from './io.ts'
import { formatJson } from './json.ts'
import { DATABASE_OPTION, flagName, PROJECT_OPTIONS } from './options.ts'
import type { ProjectOptions } from './project.ts'
import { errorLines } from './render/error.ts'
import { createProgress, type Progress } from './render/progress.ts'
import { createHint, createPaint, type View, wantsColor, widthOf } from './render/view.ts'
import { withoutPasswords } from './secrets.ts'

/** Where a command's answer and its errors go, and how they look. Each returns the exit status. */
export interface Output {
  /** What happens meanwhile, on stderr. */
  readonly progress: Progress
  /** Something to read before an answer is given, on stderr. */
  note(text: (view: View) => string): void
  plain(text: string): number
  answer(command: string, answer: Answer): Promise<number>
  failure(command: string | null, error: MigrateError): number
}

/** The global options, as far as they are known. */
export interface OutputOptions extends ProjectOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly noColor?: boolean
}

/** `commands` are the names that a hint may mention. */
export function createOutput(
  io: Io,
  cli: string,
  commands: readonly string[],
  options: OutputOptions,
): Output {
  const { stdout, stderr, env } = io
  const { json = false, quiet = false, verbose = false, noColor = false } = options
  const hint = createHint(cli, commands, locationOf(options))
  const viewOn = (stream: NodeJS.WriteStream): View => ({
    paint: createPaint(wantsColor(stream, env, noColor)),
    width: widthOf(stream),
    hint,
  })
  const errorView = viewOn(stderr)
  const progress = createProgress(
    stderr,
    errorView,
    quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
  )
  const print = (text: string): void => {
    progress.clear()
    stdout.write(`${text}\n`)
  }
  let isAnswered = false
  return {
    progress,
    note: (text) => progress.print(`${text(errorView)}\n`),
    plain(text) {
      print(text)
      return 0
    },
    async answer(command, { result, exit = 0, text }) {
      print(
        json
          ? formatJson({ ok: exit === 0, command, ...result }, hint)
          : await text(viewOn(stdout)),
      )
      isAnswered = true
      return exit
    },
    failure(command, error) {
      // there is one document, whatever goes wrong after it
      if (json && !isAnswered) {
        print(formatJson({ ok: false, command, error: error.toJSON() }, hint))
      }
      progress.print(errorLines(error, errorView, io, verbose))
      return error.exit
    },
  }
}

/** The options that say where the database is, as they were given, for the commands in hints. */
function locationOf(options: ProjectOptions): string[] {
  const keys = Object.keys({ ...DATABASE_OPTION, ...PROJECT_OPTIONS }) as (keyof ProjectOptions)[]
  return keys.flatMap((key) => {
    const value = options[key]
    return value === undefined ? [] : [flagName(key), withoutPasswords(value)]
  })
}
