import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DialectName } from '../../src/dialect/port.ts'
import { MigrateError } from '../../src/errors.ts'
import { isBlank, tokens } from '../../src/sql/tokens.ts'
import { DIALECTS, scraps } from './arbitraries.ts'

const meant = (sql: string, dialect: DialectName): string[] =>
  [...tokens(sql, dialect)]
    .filter((token) => !isBlank(token))
    .map(({ kind, text }) => `${kind} ${text}`)

const CASES: readonly (readonly [string, DialectName, string, readonly string[]])[] = [
  ['a doubled quote is part of a string', 'postgres', "'it''s'", ["string 'it''s'"]],
  ['a backslash is no escape in a plain string', 'postgres', "'a\\' b", ["string 'a\\'", 'word b']],
  ['it is in an escape string', 'postgres', "E'a\\'b''c' d", ["string E'a\\'b''c'", 'word d']],
  ['an E that ends a word begins no string', 'postgres', "type'x'", ['word type', "string 'x'"]],
  [
    'U& strings and names',
    'postgres',
    `U&'d\\0061' u&"x""y"`,
    ["string U&'d\\0061'", 'quoted u&"x""y"'],
  ],
  ['an & after u', 'postgres', 'u&v', ['word u', 'punctuation &', 'word v']],
  ['bit strings', 'postgres', "B'01' x'1F' n'a'", ["string B'01'", "string x'1F'", "string n'a'"]],
  [
    'a string goes on after a line break',
    'postgres',
    "E'a' --c\n 'b\\'c'",
    ["string E'a' --c\n 'b\\'c'"],
  ],
  ['but not on the same line', 'postgres', "'a' 'b'", ["string 'a'", "string 'b'"]],
  [
    'dollar quotes',
    'postgres',
    "$$ ' ; $$ $tag$ $$ $tag$",
    ["string $$ ' ; $$", 'string $tag$ $$ $tag$'],
  ],
  ['tags differ in case', 'postgres', '$a$ $A$ $a$', ['string $a$ $A$ $a$']],
  ['dollars inside a name', 'postgres', 'a$b$c', ['word a$b$c']],
  [
    'a dollar that quotes nothing',
    'postgres',
    '$1 $ $b',
    ['parameter $1', 'punctuation $', 'punctuation $', 'word b'],
  ],
  ['nested comments', 'postgres', 'a /* /* ; */ ; */ b', ['word a', 'word b']],
  [
    'an operator ends at a comment',
    'postgres',
    'a+--;\n*/*;*/b',
    ['word a', 'punctuation +', 'punctuation *', 'word b'],
  ],
  [
    'a sign belongs to the number',
    'postgres',
    'a=-1',
    ['word a', 'punctuation =', 'punctuation -', 'number 1'],
  ],
  ['but to an operator with @', 'postgres', 'a@-1', ['word a', 'punctuation @-', 'number 1']],
  [
    'casts and slices',
    'postgres',
    'a::b[1:2]',
    [
      'word a',
      'punctuation ::',
      'word b',
      'punctuation [',
      'number 1',
      'punctuation :',
      'number 2',
      'punctuation ]',
    ],
  ],
  ['ranges', 'postgres', '1..10', ['number 1', 'punctuation ..', 'number 10']],
  [
    'numbers',
    'postgres',
    '1.5e-3 .5 0xFF 1_000',
    ['number 1.5e-3', 'number .5', 'number 0xFF', 'number 1_000'],
  ],
  [
    'square brackets, back-ticks and double quotes',
    'sqlite',
    '[a;"] `b``;` "c"";"',
    ['quoted [a;"]', 'quoted `b``;`', 'quoted "c"";"'],
  ],
  ['blobs', 'sqlite', "x'0a' X'0B' xy", ["string x'0a'", "string X'0B'", 'word xy']],
  ['a prefix that SQLite does not know', 'sqlite', "E'a\\'", ['word E', "string 'a\\'"]],
  ['comments that do not nest', 'sqlite', '/* /* */ a -- b\nc', ['word a', 'word c']],
  [
    'dollars begin a parameter',
    'sqlite',
    '$$ $a :b @c ?1 ?',
    ['parameter $$', 'parameter $a', 'parameter :b', 'parameter @c', 'parameter ?1', 'parameter ?'],
  ],
  [
    'operators',
    'sqlite',
    "a->>'b'||c<>d",
    [
      'word a',
      'punctuation ->>',
      "string 'b'",
      'punctuation ||',
      'word c',
      'punctuation <>',
      'word d',
    ],
  ],
  ['letters outside ASCII', 'sqlite', '\uFEFFnaïve größe', ['word naïve', 'word größe']],
]

const UNCLOSED: readonly (readonly [string, DialectName, string, number])[] = [
  ['a string', 'sqlite', "SELECT 'a''b", 7],
  ['a string', 'postgres', "SELECT 'a''", 7],
  ['an escape string', 'postgres', "SELECT E'a\\'", 7],
  ['a string that goes on', 'postgres', "SELECT 'a'\n'b", 7],
  ['a name', 'sqlite', 'SELECT "a', 7],
  ['a name in back-ticks', 'sqlite', 'SELECT `a', 7],
  ['a name in brackets', 'sqlite', 'SELECT [a', 7],
  ['a name', 'postgres', 'SELECT U&"a', 7],
  ['a comment', 'sqlite', '/* /* */ a /*', 11],
  ['a nested comment', 'postgres', 'a /* /* */', 2],
  ['a dollar quote', 'postgres', 'DO $a$ $b$ $A$', 3],
]

describe('tokens', () => {
  for (const [what, dialect, sql, expected] of CASES) {
    it(`${what} (${dialect})`, () => assert.deepEqual(meant(sql, dialect), expected))
  }

  for (const [what, dialect, sql, offset] of UNCLOSED) {
    it(`refuses ${what} without its end (${dialect}): ${JSON.stringify(sql)}`, () => {
      assert.throws(() => meant(sql, dialect), {
        code: 'MIGRATION_UNPARSABLE',
        offset,
        message: /is never closed/,
      })
    })
  }

  for (const dialect of DIALECTS) {
    it(`joined are the source, whatever it is (${dialect})`, () => {
      fc.assert(
        fc.property(scraps, (sql) => {
          let joined = ''
          try {
            for (const token of tokens(sql, dialect)) {
              assert.equal(token.start, joined.length)
              joined += token.text
              assert.equal(token.end, joined.length)
            }
          } catch (thrown) {
            assert.ok(thrown instanceof MigrateError, String(thrown))
            assert.equal(thrown.code, 'MIGRATION_UNPARSABLE')
            assert.equal(thrown.offset, joined.length)
            return
          }
          assert.equal(joined, sql)
        }),
        { numRuns: 3000 },
      )
    })
  }

  it('are read without a limit on their size', () => {
    const long = "''".repeat(1_000_000)
    for (const dialect of DIALECTS) {
      assert.equal([...tokens(`'${long}' "${long}" /*${long}*/ --${long}`, dialect)].length, 7)
    }
    assert.equal([...tokens('+-'.repeat(500_000), 'postgres')].length, 1_000_000)
    assert.equal([...tokens(`'a'${'\n'.repeat(1_000_000)}'b'`, 'postgres')].length, 1)
  })
})
