import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'

/** A compiled statement and what its text says about it. */
export interface Prepared {
  readonly statement: StatementSync
  /** Its first word, in lower case. */
  readonly keyword: string
  readonly returnsRows: boolean
  /** Whether it is an INSERT, UPDATE or DELETE. */
  readonly changesRows: boolean
  /** Where the next statement begins in the text, or its length. */
  readonly end: number
}

const BLANK = /(?:\s+|;|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/y

/** The first place at or after `from` that is neither blank, comment nor semicolon. */
export function skipBlank(sql: string, from: number): number {
  BLANK.lastIndex = from
  let end = from
  while (BLANK.test(sql)) end = BLANK.lastIndex
  return end
}

export function keywordAt(sql: string, at: number): string {
  return /^[a-z]*/i.exec(sql.slice(at, at + 20))?.[0].toLowerCase() ?? ''
}

// strings, quoted names, comments and words are passed over; what is left are placeholders
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[$?](\d+)|\?|[:@$]\w+/g

/** `sql` with `$1` written as `?1`, and how many values it takes. */
export function placeholders(sql: string): { sql: string; count: number } {
  if (!/[?$:@]/.test(sql)) return { sql, count: 0 }
  let count = 0
  const rewritten = sql.replace(TOKENS, (token: string, number: string | undefined) => {
    if (number !== undefined) {
      count = Math.max(count, Number(number))
      return `?${number}`
    }
    if (token === '?') count++
    else if (/^[:@$]/.test(token)) throw namedPlaceholder(token)
    return token
  })
  return { sql: rewritten, count }
}

const WRITES = new Set(['insert', 'update', 'delete', 'replace'])

/** Compiles the first statement at or after `start`. The text must hold one there. */
export function prepare(db: DatabaseSync, sql: string, start: number): Prepared {
  const statement = db.prepare(sql.slice(start))
  const source = statement.sourceSQL
  const keyword = keywordAt(source, 0)
  const returnsRows = statement.columns().length > 0
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  return {
    statement,
    keyword,
    returnsRows,
    changesRows:
      WRITES.has(keyword) ||
      (keyword === 'with' && (!returnsRows || /\breturning\b/i.test(source))),
    end: skipBlank(sql, start + source.length),
  }
}

const namedPlaceholder = (token: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `The placeholder ${token} has a name; SQLite would take it for NULL.`,
    hint: 'Number the placeholders: $1, $2, …',
  })
