import type { Token } from '../../../sql/tokens.ts'

/** Whether a `;` ends a statement for psql, which knows less of SQL than the server. */
export interface Nesting {
  see(token: Token): void
  isNested(): boolean
}

/**
 * As psql counts: parentheses, and BEGIN, CASE and END in what creates a routine, be they names or keywords.
 * https://github.com/postgres/postgres/blob/master/src/fe_utils/psqlscan.l
 */
export function psqlNesting(): Nesting {
  let parentheses = 0
  let begins = 0
  let words = 0
  let head = ''
  return {
    see({ kind, text }) {
      if (text === '(') parentheses++
      if (text === ')' && parentheses > 0) parentheses--
      if (kind !== 'word') return
      const word = text.toLowerCase()
      if (words++ < HEAD_WORDS) head += `${word} `
      if (parentheses > 0 || !ROUTINE.test(head)) return
      if (word === 'begin' || (word === 'case' && begins > 0)) begins++
      if (word === 'end' && begins > 0) begins--
    },
    isNested: () => parentheses > 0 || begins > 0,
  }
}

const HEAD_WORDS = 4
const ROUTINE = /^create (or replace )?(function|procedure) /
