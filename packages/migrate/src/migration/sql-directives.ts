import { MigrateError } from '../errors.ts'
import { framedPlace } from '../sql/place.ts'
import type { Token } from '../sql/tokens.ts'
import { nearest } from './version.ts'

/** These begin a section. */
const SECTIONS = ['up', 'down', 'irreversible'] as const
/** Ours, which stand before `-- migrate:up` and are comments to dbmate. */
const HEADERS = ['description', 'depends-on', 'phase', 'foreign-keys', 'shrinks'] as const
export type SectionName = (typeof SECTIONS)[number]
export type HeaderName = (typeof HEADERS)[number]

const NAMES: readonly string[] = [...SECTIONS, ...HEADERS]

/** A line `-- migrate:name value`. */
export interface Directive {
  readonly name: SectionName | HeaderName
  /** What follows the name, trimmed. */
  readonly value: string
  /** Offsets in the source, of the line and of the value. */
  readonly offset: number
  readonly valueOffset: number
}

// dbmate reads `^--\s*migrate:up`: the spaces may be missing, nothing may stand before
const DIRECTIVE = /^--[ \t]*migrate:(\S+)[ \t]*(.*)$/s
const ALMOST_DIRECTIVE = /^--\s*migrate\s*:\s*([\w-]+)/i
const ALMOST_SECTION = /^--\s*\+?(\w+)[\s:]+(up|down)(?:\s+\w+:\w+)*\s*$/i

/**
 * The directive in a comment, or undefined. Throws MIGRATION_INVALID for an unknown one, and for a comment that
 * dbmate and this tool would pass over although a directive must be meant.
 */
export function directiveIn(comment: Token, source: string): Directive | undefined {
  if (!comment.text.startsWith('--')) return undefined
  const match = beginsLine(source, comment.start) ? DIRECTIVE.exec(comment.text) : null
  if (!match) return refuseAlmost(comment, source)
  const [text, name = '', rest = ''] = match
  const value = rest.trim()
  if (!isName(name)) {
    const near = nearest(name.toLowerCase(), NAMES)
    throw invalid(source, comment.start, {
      message: `There is no directive migrate:${name}.`,
      hint: near
        ? `Is migrate:${near} meant?`
        : `The directives are ${NAMES.map((known) => `migrate:${known}`).join(', ')}.`,
    })
  }
  const valueOffset = comment.start + text.length - rest.length
  return { name, value, offset: comment.start, valueOffset }
}

const isName = (name: string): name is Directive['name'] => NAMES.includes(name)

/** A directive that is taken for a comment would let `down` run as a part of `up`. */
function refuseAlmost(comment: Token, source: string): undefined {
  const directive = ALMOST_DIRECTIVE.exec(comment.text)?.[1]?.toLowerCase()
  const [, word = '', section] = ALMOST_SECTION.exec(comment.text) ?? []
  const meant =
    directive && isName(directive)
      ? directive
      : section && resemblesMigrate(word.toLowerCase())
        ? section.toLowerCase()
        : undefined
  if (!meant) return undefined
  throw invalid(source, comment.start, {
    message: `This comment is almost the directive migrate:${meant}, and would be passed over.`,
    hint: `Write "-- migrate:${meant}" at the very beginning of a line, or word the comment differently.`,
  })
}

const resemblesMigrate = (word: string): boolean =>
  word.startsWith('migrat') || nearest(word, ['migrate']) !== undefined

const beginsLine = (source: string, offset: number): boolean =>
  offset === 0 || source[offset - 1] === '\n' || (offset === 1 && source[0] === '\uFEFF')

/** An error at a place in the file. */
export function invalid(
  source: string,
  offset: number,
  details: { message: string; hint: string },
): MigrateError {
  const at = framedPlace(source, offset)
  return new MigrateError('MIGRATION_INVALID', {
    message: `Line ${at.line}: ${details.message}`,
    hint: details.hint,
    at,
    offset,
  })
}
