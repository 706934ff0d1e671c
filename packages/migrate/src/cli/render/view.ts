import { styleText } from 'node:util'
import { shellWord } from '../../shell.ts'

type Format = Parameters<typeof styleText>[0]

/** Colours a text, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string

/** How an answer is to look. */
export interface View {
  readonly paint: Paint
  /** Columns of the terminal; Infinity where the output is none, so that nothing is cut. */
  readonly width: number
  /** Puts the command line's own name in front of the commands in a hint, which stand in backticks. */
  readonly hint: (text: string) => string
}

type Environment = Readonly<Record<string, string | undefined>>
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>

/** As Node decides it itself: FORCE_COLOR wins over NO_COLOR (https://no-color.org), then what the output is. */
export function wantsColor(stream: Stream, env: Environment, noColor: boolean): boolean {
  if (noColor) return false
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if (env.NO_COLOR) return false
  return stream.isTTY === true && env.TERM !== 'dumb'
}

export const createPaint = (color: boolean): Paint =>
  color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text

export const widthOf = (stream: Stream): number =>
  stream.isTTY && stream.columns ? stream.columns : Number.POSITIVE_INFINITY

/**
 * In an error's hint and a finding's fix, a command stands in backticks without the command line's name:
 * `` `repair --version V` ``. `location` are the options that say where the database is, as they were given.
 */
export const createHint =
  (cli: string, commands: readonly string[], location: readonly string[]) =>
  (text: string): string => {
    const known = new Set(commands)
    const where = location.map((word) => ` ${shellWord(word)}`).join('')
    return text.replace(/`([a-z][\w-]*)([^`]*)`/g, (whole, verb: string, rest: string) =>
      known.has(verb) ? `\`${cli} ${verb}${where}${rest}\`` : whole,
    )
  }
