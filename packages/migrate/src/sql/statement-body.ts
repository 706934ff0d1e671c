import type { DialectName } from '../dialect/port.ts'
import type { Token } from './tokens.ts'

/** Follows the tokens of one statement, blanks left out, to know whether a `;` is a part of it. */
export interface StatementBody {
  see(token: Token): void
  /** Whether a `;` that comes now is inside the statement. */
  isOpen(): boolean
  /** Whether a text that ends now lacks an END. */
  unended(): boolean
}

export const bodyOf = (dialect: DialectName): StatementBody =>
  dialect === 'sqlite' ? triggerBody() : routineBody()

const TRIGGER = /^ create( temp| temporary)? trigger$/
const ROUTINE = /^ create( or replace)? (function|procedure)$/
const HEAD_WORDS = 4

/** Says at the word that completes it that a statement begins like `pattern`. */
function headOf(pattern: RegExp): (token: Token) => boolean {
  let words = ''
  let left = HEAD_WORDS
  return (token) => {
    if (left === 0) return false
    left = token.kind === 'word' ? left - 1 : 0
    words += ` ${token.text.toLowerCase()}`
    return pattern.test(words)
  }
}

/**
 * A trigger ends at `; END`, as in SQLite's sqlite3_complete(): the END of a CASE never follows a `;`.
 */
function triggerBody(): StatementBody {
  const begins = headOf(TRIGGER)
  let isTrigger = false
  let afterSemicolon = false
  let ended = false
  const isOpen = (): boolean => isTrigger && !ended
  return {
    see(token) {
      isTrigger ||= begins(token)
      if (!isTrigger) return
      ended = afterSemicolon && isWord(token, 'end')
      afterSemicolon = token.text === ';'
    },
    isOpen,
    unended: isOpen,
  }
}

/**
 * A routine's BEGIN ATOMIC ends at its END, with CASE … END inside. Elsewhere a `;` in parentheses belongs to
 * the statement (CREATE RULE … DO (…; …)), as psql has it.
 */
function routineBody(): StatementBody {
  const begins = headOf(ROUTINE)
  let isRoutine = false
  let parentheses = 0
  let depth = 0
  let previous: Token | undefined
  return {
    see(token) {
      if (token.text === '(') parentheses++
      if (token.text === ')' && parentheses > 0) parentheses--
      isRoutine ||= begins(token)
      if (!isRoutine) return
      if (depth === 0) {
        if (isWord(token, 'atomic') && previous && isWord(previous, 'begin')) depth = 1
      } else if (!isName(previous)) {
        if (isWord(token, 'case')) depth++
        if (isWord(token, 'end')) depth--
      }
      previous = token
    },
    isOpen: () => depth > 0 || parentheses > 0,
    unended: () => depth > 0,
  }
}

/** Whether what follows is a name, be it spelt like a keyword: `x.end`, `1 AS end`. */
const isName = (previous: Token | undefined): boolean =>
  previous !== undefined && (previous.text === '.' || isWord(previous, 'as'))

const isWord = (token: Token, word: string): boolean =>
  token.kind === 'word' && token.text.length === word.length && token.text.toLowerCase() === word
