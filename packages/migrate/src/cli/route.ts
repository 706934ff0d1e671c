import { MigrateError } from '../errors.ts'
import { nearest } from '../migration/version.ts'
import type { OptionSpecs } from './command.ts'
import { DATABASE_OPTION, flagName, OUTPUT_OPTIONS, PROJECT_OPTIONS } from './options.ts'
import { withoutPasswords } from './secrets.ts'

/** What a command line asks for, before its options are looked at. */
export type Route =
  | { readonly kind: 'version' }
  /** The help of all commands. */
  | { readonly kind: 'help' }
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }

const GLOBAL: OptionSpecs = { ...OUTPUT_OPTIONS, ...DATABASE_OPTION, ...PROJECT_OPTIONS }
const TAKES_VALUE = new Set(
  Object.keys(GLOBAL)
    .filter((key) => GLOBAL[key]?.type === 'value')
    .map(flagName),
)

/** Finds the command's name; options that stand before it count as its own. Throws USAGE for an unknown command. */
export function route(argv: readonly string[], names: readonly string[]): Route {
  const before: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    if (word === '--version' || word === '-V') return { kind: 'version' }
    if (word === '--help' || word === '-h') return { kind: 'help' }
    if (!word.startsWith('-')) return named(word, [...before, ...argv.slice(at + 1)], names)
    before.push(word)
    const value = argv[at + 1]
    if (TAKES_VALUE.has(word) && value !== undefined) {
      before.push(value)
      at++
    }
  }
  return { kind: 'none' }
}

function named(name: string, args: readonly string[], names: readonly string[]): Route {
  if (name === 'help' && !names.includes(name)) {
    const command = args.find((word) => !word.startsWith('-'))
    if (command === undefined) return { kind: 'help' }
    assertCommand(command, names)
    return { kind: 'command', command, args: ['--help'] }
  }
  assertCommand(name, names)
  return { kind: 'command', command: name, args }
}

function assertCommand(name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  const near = nearest(name, names)
  throw new MigrateError('USAGE', {
    message: `There is no command ${withoutPasswords(name)}.${near ? ` Is ${near} meant?` : ''}`,
    hint: `The commands are ${names.join(', ')}.`,
  })
}
