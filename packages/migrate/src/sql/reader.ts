import { MigrateError } from '../errors.ts'
import { framedPlace } from './place.ts'

export type TokenKind =
  | 'space'
  | 'comment'
  /** A keyword or an identifier without quotes. */
  | 'word'
  /** An identifier in quotes of any kind. */
  | 'quoted'
  /** A literal in quotes: prefix, continuation lines and dollar quotes included. */
  | 'string'
  | 'number'
  | 'parameter'
  /** An operator or another sign. */
  | 'punctuation'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Offsets in the source; `end` is exclusive. */
  readonly start: number
  readonly end: number
}

/** Reads the token that begins at `start`. */
export type Reader = (sql: string, start: number) => Token

const ASCII = 128

/** A reader for each ASCII character, and one more for all the others. Earlier rows win. */
export function readersFor(
  rows: readonly (readonly [characters: RegExp, reader: Reader])[],
  others: Reader,
): readonly Reader[] {
  const byCode = Array.from({ length: ASCII }, (_, code) => {
    const character = String.fromCharCode(code)
    return rows.find(([characters]) => characters.test(character))?.[1] ?? sign
  })
  return [...byCode, others]
}

export const token = (kind: TokenKind, sql: string, start: number, end: number): Token => ({
  kind,
  text: sql.slice(start, end),
  start,
  end,
})

/** Where a sticky pattern that begins at `start` ends, or -1. */
export function endOf(pattern: RegExp, sql: string, start: number): number {
  pattern.lastIndex = start
  return pattern.test(sql) ? pattern.lastIndex : -1
}

/** Reads what a sticky pattern matches, or else what `otherwise` reads. */
export function matching(kind: TokenKind, pattern: RegExp, otherwise: Reader = sign): Reader {
  return (sql, start) => {
    const end = endOf(pattern, sql, start)
    return end > start ? token(kind, sql, start, end) : otherwise(sql, start)
  }
}

/** One character that means nothing more here. */
export const sign: Reader = (sql, start) => token('punctuation', sql, start, start + 1)

/** Reads what stands between two of the same quote, a doubled one being part of it, and a prefix before it. */
export function between(kind: 'quoted' | 'string', quote: string, prefix = 0): Reader {
  return (sql, start) => {
    const end = afterQuote(sql, start + prefix + 1, quote)
    return end < 0 ? unclosed(kind, sql, start) : token(kind, sql, start, end)
  }
}

/** The offset after the closing quote, looking from inside; -1 where there is none. */
export function afterQuote(sql: string, from: number, quote: string): number {
  for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] !== quote) return at + 1
  }
  return -1
}

const UNCLOSED = {
  string: ['A string', 'Close it with the quote that opened it; write a quote inside it twice.'],
  quoted: ['A quoted identifier', 'Close it with the quote that opened it.'],
  comment: ['A comment', 'Close it with */.'],
  dollar: ['A dollar quote', 'Close it with the very tag that opened it.'],
} as const

export function unclosed(what: keyof typeof UNCLOSED, sql: string, start: number): never {
  const [name, hint] = UNCLOSED[what]
  const at = framedPlace(sql, start)
  throw new MigrateError('MIGRATION_UNPARSABLE', {
    message: `${name} that begins in line ${at.line}, column ${at.column} is never closed.`,
    hint,
    at,
    offset: start,
  })
}
