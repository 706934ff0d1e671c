import type { Migrator } from '../api.ts'
import type { MasterKeySource } from '../keys/source.ts'
import type { ProjectOverrides } from './project.ts'
import type { View } from './render/view.ts'
import type { Choice } from './select.ts'

/** `--name`, there or not. */
export interface FlagSpec {
  readonly type: 'flag'
  readonly help: string
}

/** `--name VALUE`. */
export interface ValueSpec<T = unknown> {
  readonly type: 'value'
  /** What stands for the value in help: `V`, `DIR`. */
  readonly placeholder: string
  readonly help: string
  /** The only values there are. */
  readonly choices?: readonly string[]
  /** Throws an Error whose message says what a good value is. */
  readonly parse: (text: string) => T
  /** Without it the command is refused with OPTION_MISSING. */
  readonly required?: true
  /** The value of the option where it stands alone; without it the option must have one. */
  readonly alone?: T
  /** May be given several times: the value is a list. */
  readonly repeats?: true
}

/** Options by their names in camel case: `noBackup` is `--no-backup`. */
export type OptionSpecs = Readonly<Record<string, FlagSpec | ValueSpec<any>>>

export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]: O[K] extends FlagSpec
    ? boolean
    : O[K] extends ValueSpec<infer T>
      ? O[K] extends { required: true }
        ? T
        : O[K] extends { repeats: true }
          ? readonly T[] | undefined
          : T | undefined
      : never
}

export interface ArgumentSpec {
  readonly name: string
  readonly help: string
  readonly optional?: true
}

export interface Example {
  /** What is typed after the command line's own name. */
  readonly line: string
  readonly does: string
}

/** What a command says in the end. */
export interface Answer<R extends object = object> {
  /** What `--json` prints, beside `ok` and `command`. */
  readonly result: R
  /** 3: something needs attention. Default 0. */
  readonly exit?: 0 | 3
  /** The answer for people; without a newline at its end. */
  readonly text: (view: View) => string | Promise<string>
}

/** What a command works with. */
export interface CommandContext<O extends OptionSpecs = OptionSpecs> {
  readonly options: OptionValues<O>
  readonly arguments: readonly string[]
  /** What relative paths on the command line are relative to. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the master key is read from, as the project's configuration says, if there is one. Throws CONFIG_INVALID. */
  masterKeySource(): Promise<MasterKeySource>
  /** The project's migrations on its database, with progress shown and interruption seen to. */
  migrator(overrides?: ProjectOverrides): Promise<Migrator>
  /**
   * Returns when the user agrees, or said `--yes`. `about` is what the user needs to see before answering, `instead`
   * what to do where there is no terminal. Throws CONFIRMATION_NEEDED, INTERRUPTED.
   */
  confirm(
    question: string,
    about?: (view: View) => string,
    instead?: string | undefined,
  ): Promise<void>
  /** Whether there is somebody to ask: a terminal, and no `--json`. */
  readonly isInteractive: boolean
  /** Shows what the user needs to see before answering. */
  note(about: (view: View) => string): void
  /** Lets the user choose one of several. `instead` says what to pass where there is no terminal. */
  select(question: string, choices: readonly Choice[], instead: string): Promise<string>
  /** Lets the user write a line, which is not empty. `instead` says what to pass where there is no terminal. */
  ask(question: string, instead: string): Promise<string>
}

/** One verb of the command line: help, `docs/cli.md` and the parser are made from it. */
export interface Command<O extends OptionSpecs = OptionSpecs, R extends object = object> {
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  readonly description?: string
  readonly options: O
  readonly arguments?: readonly ArgumentSpec[]
  readonly examples: readonly Example[]
  /** False for a command that opens no database: it takes no `--database`. Default true. */
  readonly project?: boolean
  run(context: CommandContext<O>): Promise<Answer<R>>
}

/** Commands by name, each loaded when it is needed. */
export type CommandLoaders = Readonly<Record<string, () => Promise<{ readonly default: Command }>>>

/** Returns the command as it is, with the types of its options inferred. */
export const defineCommand = <const O extends OptionSpecs, R extends object>(
  command: Command<O, R>,
): Command<O, R> => command
