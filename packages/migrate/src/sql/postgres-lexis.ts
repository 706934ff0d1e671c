import {
  afterQuote,
  between,
  endOf,
  matching,
  type Reader,
  readersFor,
  sign,
  token,
  unclosed,
} from './reader.ts'

// https://www.postgresql.org/docs/current/sql-syntax-lexical.html, and scan.l where that page is silent

const word = matching('word', /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y)
const number = matching(
  'number',
  /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y,
  matching('punctuation', /\.\./y),
)
const colon = matching('punctuation', /::|:=/y)
const parameter = matching('parameter', /\$\d+/y)

// a string goes on in the same way after a line break: 'a'⏎'b' is 'ab'
const CONTINUATION = /[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y

/** A string whose opening quote stands `prefix` characters after its start. */
function string(prefix: number, after: (sql: string, from: number) => number): Reader {
  return (sql, start) => {
    let end = -1
    for (let from = start + prefix + 1; from > 0; from = endOf(CONTINUATION, sql, end)) {
      end = after(sql, from)
      if (end < 0) return unclosed('string', sql, start)
    }
    return token('string', sql, start, end)
  }
}

const afterPlain = (sql: string, from: number): number => afterQuote(sql, from, "'")

function afterEscaped(sql: string, from: number): number {
  const stop = /['\\]/g
  stop.lastIndex = from
  while (stop.test(sql)) {
    const at = stop.lastIndex - 1
    if (sql[at] === "'" && sql[at + 1] !== "'") return at + 1
    stop.lastIndex = at + 2
  }
  return -1
}

const plainString = string(0, afterPlain)
const prefixedString = string(1, afterPlain)
const escapeString = string(1, afterEscaped)
const unicodeString = string(2, afterPlain)

const maybeString =
  (read: Reader): Reader =>
  (sql, start) =>
    sql[start + 1] === "'" ? read(sql, start) : word(sql, start)

const unicodeName = between('quoted', '"', 2)

/** U&'string' and U&"identifier". */
const unicode: Reader = (sql, start) => {
  const quote = sql[start + 1] === '&' ? sql[start + 2] : undefined
  if (quote === "'") return unicodeString(sql, start)
  return quote === '"' ? unicodeName(sql, start) : word(sql, start)
}

const DOLLAR_TAG = /\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/y

const dollar: Reader = (sql, start) => {
  const body = endOf(DOLLAR_TAG, sql, start)
  if (body < 0) return parameter(sql, start)
  const tag = sql.slice(start, body)
  const end = sql.indexOf(tag, body)
  return end < 0 ? unclosed('dollar', sql, start) : token('string', sql, start, end + tag.length)
}

/** Comments nest. */
const blockComment: Reader = (sql, start) => {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  while (mark.test(sql)) {
    depth += sql[mark.lastIndex - 1] === '*' ? 1 : -1
    if (depth === 0) return token('comment', sql, start, mark.lastIndex)
  }
  return unclosed('comment', sql, start)
}

// an operator ends where a comment begins, and has 63 characters at most
const OPERATOR = /(?:(?!--|\/\*)[+\-*/<>=~!@#%^&|`?]){1,63}/y

const operator: Reader = (sql, start) => {
  let end = endOf(OPERATOR, sql, start)
  // without one of the special signs a + or - at the end belongs to what follows: `a=-1`
  if (!/[~!@#%^&|`?]/.test(sql.slice(start, end))) {
    while (end > start + 1 && (sql[end - 1] === '+' || sql[end - 1] === '-')) end--
  }
  return token('punctuation', sql, start, end)
}

const dash = matching('comment', /--[^\n\r]*/y, operator)
const slash: Reader = (sql, start) =>
  sql[start + 1] === '*' ? blockComment(sql, start) : operator(sql, start)

export const postgresReaders = readersFor(
  [
    [/[ \t\n\r\f\v]/, matching('space', /[ \t\n\r\f\v]+/y)],
    [/[eE]/, maybeString(escapeString)],
    [/[bBxXnN]/, maybeString(prefixedString)],
    [/[uU]/, unicode],
    [/[A-Za-z_]/, word],
    [/[\d.]/, number],
    [/'/, plainString],
    [/"/, between('quoted', '"')],
    [/\$/, dollar],
    [/-/, dash],
    [/\//, slash],
    [/:/, colon],
    [/[+*<>=~!@#%^&|`?]/, operator],
    [/./, sign],
  ],
  // byte order marks, which PostgreSQL would take for letters: files that were joined have them
  matching('space', /\ufeff+/y, word),
)
