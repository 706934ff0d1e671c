import { between, matching, type Reader, readersFor, token, unclosed } from './reader.ts'

// https://sqlite.org/src/file/src/tokenize.c: how SQLite itself divides a text

const word = matching('word', /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y)
const parameter = matching('parameter', /[:@#$](?:[\w$\x80-\uffff]|::)+|\?\d*/y)
const operator = matching('punctuation', /->>?|\|\||<[=<>]?|>[=>]?|==?|!=/y)
const number = matching(
  'number',
  /0[xX][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y,
)

const blob = between('string', "'", 1)

const blobOrWord: Reader = (sql, start) =>
  sql[start + 1] === "'" ? blob(sql, start) : word(sql, start)

/** Comments do not nest. */
const blockComment: Reader = (sql, start) => {
  const end = sql.indexOf('*/', start + 2)
  return end < 0 ? unclosed('comment', sql, start) : token('comment', sql, start, end + 2)
}

const bracketed: Reader = (sql, start) => {
  const end = sql.indexOf(']', start)
  return end < 0 ? unclosed('quoted', sql, start) : token('quoted', sql, start, end + 1)
}

const dash = matching('comment', /--[^\n]*/y, operator)
const slash: Reader = (sql, start) =>
  sql[start + 1] === '*' ? blockComment(sql, start) : operator(sql, start)

export const sqliteReaders = readersFor(
  [
    [/[ \t\n\f\r]/, matching('space', /[ \t\n\f\r]+/y)],
    [/[xX]/, blobOrWord],
    [/[A-Za-z_]/, word],
    [/[\d.]/, number],
    [/'/, between('string', "'")],
    [/"/, between('quoted', '"')],
    [/`/, between('quoted', '`')],
    [/\[/, bracketed],
    [/-/, dash],
    [/\//, slash],
    [/[:@#$?]/, parameter],
    [/[|<>=!]/, operator],
  ],
  matching('space', /\ufeff+/y, word),
)
