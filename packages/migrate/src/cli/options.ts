import type { FlagSpec, OptionSpecs, ValueSpec } from './command.ts'
import type { ProjectOverrides } from './project.ts'

export const flag = (help: string): FlagSpec => ({ type: 'flag', help })

export const text = (placeholder: string, help: string) =>
  ({ type: 'value', placeholder, help, parse: nonEmpty }) as const satisfies ValueSpec<string>

/** An option that may stand alone, and then has this value. */
export const alone = <T>(value: T, spec: ValueSpec<T>) => ({ ...spec, alone: value }) as const

export const required = <T>(spec: ValueSpec<T>) => ({ ...spec, required: true }) as const

/** An option that may be given several times. */
export const many = <T>(spec: ValueSpec<T>) => ({ ...spec, repeats: true }) as const

export const choice = <const T extends string>(choices: readonly T[], help: string) =>
  ({
    type: 'value',
    placeholder: choices.join('|'),
    help,
    choices,
    parse: (value: string) => value as T,
  }) as const satisfies ValueSpec<T>

export const count = (placeholder: string, help: string) =>
  ({ type: 'value', placeholder, help, parse: wholeNumber }) as const satisfies ValueSpec<number>

function nonEmpty(value: string): string {
  if (value === '') throw new Error('It must not be empty.')
  return value
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error('It must be a whole number, 1 or more.')
  return Number(value)
}

/** The longest delay that a timer of Node's takes. */
const LONGEST_WAIT_S = 2 ** 31 / 1000

function seconds(value: string): number {
  const wait = Number(value)
  if (!/^(\d+\.?\d*|\.\d+)$/.test(value) || wait >= LONGEST_WAIT_S) {
    throw new Error('It must be a number of seconds, 0 or more; fractions are allowed.')
  }
  return wait
}

/** Every command takes these. */
export const OUTPUT_OPTIONS = {
  json: flag('print one JSON document on stdout, also for an error'),
  quiet: flag('show no progress; warnings and errors only'),
  verbose: flag('show every event, and the causes of an error'),
  noColor: flag('no colours; NO_COLOR and FORCE_COLOR count as well'),
} as const satisfies OptionSpecs

/** Every command that opens a database takes this one. */
export const DATABASE_OPTION = {
  database: text(
    'URL',
    'the database, without a password (default: DATABASE_URL, then sqlite:///./fossawork_v2.db)',
  ),
} as const satisfies OptionSpecs

/** And these, where the command line has no configuration of its own. */
export const PROJECT_OPTIONS = {
  migrations: text('DIR', 'the migrations folder'),
  config: text('FILE', 'the configuration (default: migrate.config.ts, .mts, .js or .mjs here)'),
} as const satisfies OptionSpecs

/** What every command takes that changes the database. */
export const CHANGE_OPTIONS = {
  noBackup: flag('take no backup first; the log says so'),
  backupDir: text('DIR', 'where backups stand'),
  wait: {
    type: 'value',
    placeholder: 'SECONDS',
    help: 'how long to wait for another run (default: 60)',
    parse: seconds,
  } as const satisfies ValueSpec<number>,
} as const satisfies OptionSpecs

export const DRY_RUN = { dryRun: flag('show what would happen, write nothing') } as const
export const YES = { yes: flag('answer the confirmation') } as const

/** What {@link CHANGE_OPTIONS} override of the project's configuration. */
export const changeOverrides = (options: {
  readonly wait: number | undefined
  readonly backupDir: string | undefined
}): ProjectOverrides => ({
  ...(options.wait !== undefined && { lockWaitMs: Math.round(options.wait * 1000) }),
  ...(options.backupDir !== undefined && { backupDir: options.backupDir }),
})

/** `noBackup` as the option's name on the command line: `--no-backup`. */
export const flagName = (key: string): string =>
  `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** How an option's value stands in help: in brackets where it may be left out. */
export const valueName = ({ placeholder, alone }: ValueSpec): string =>
  alone === undefined ? `<${placeholder}>` : `[${placeholder}]`
