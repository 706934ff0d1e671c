import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DialectName } from '../../src/dialect/port.ts'
import { MigrateError } from '../../src/errors.ts'
import { splitStatements } from '../../src/sql/split.ts'
import { postgresStatement, sqliteStatements } from './arbitraries.ts'

const texts = (sql: string, dialect: DialectName): string[] =>
  splitStatements(sql, dialect).map(({ text }) => text)

const TRIGGER =
  'CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END'
const ATOMIC =
  'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2 AS end; END'

const CASES: readonly (readonly [string, DialectName, string, readonly string[]])[] = [
  ['nothing', 'sqlite', ' ;\n; -- a;\n /* b; */ ;', []],
  ['the last one needs no semicolon', 'sqlite', 'a; b', ['a', 'b']],
  ['a leading comment is left out', 'sqlite', '-- why\na; /* b */ c', ['a', 'c']],
  [
    'a comment inside or behind stays',
    'sqlite',
    'a -- b\n c /* d */ ; e',
    ['a -- b\n c /* d */', 'e'],
  ],
  ['a trigger', 'sqlite', `${TRIGGER}; b`, [TRIGGER, 'b']],
  ['a trigger without a semicolon', 'sqlite', `a;${TRIGGER}`, ['a', TRIGGER]],
  [
    'a table called trigger',
    'sqlite',
    'CREATE TABLE trigger(a); b; END',
    ['CREATE TABLE trigger(a)', 'b', 'END'],
  ],
  [
    'SQLite has no routines',
    'sqlite',
    'CREATE FUNCTION f BEGIN ATOMIC a; END',
    ['CREATE FUNCTION f BEGIN ATOMIC a', 'END'],
  ],
  ['a routine with BEGIN ATOMIC', 'postgres', `${ATOMIC}; b`, [ATOMIC, 'b']],
  [
    'a procedure',
    'postgres',
    'create procedure p() begin atomic a; end; b',
    ['create procedure p() begin atomic a; end', 'b'],
  ],
  [
    'a routine in dollar quotes',
    'postgres',
    'CREATE FUNCTION f() AS $$ BEGIN; END; $$; b',
    ['CREATE FUNCTION f() AS $$ BEGIN; END; $$', 'b'],
  ],
  ['a transaction', 'postgres', 'BEGIN; a; COMMIT;', ['BEGIN', 'a', 'COMMIT']],
  [
    'a routine called begin',
    'postgres',
    'CREATE FUNCTION begin() RETURNS int RETURN 1; b',
    ['CREATE FUNCTION begin() RETURNS int RETURN 1', 'b'],
  ],
  [
    'a rule with several statements',
    'postgres',
    'CREATE RULE r AS ON INSERT TO t DO ALSO (a; b); c',
    ['CREATE RULE r AS ON INSERT TO t DO ALSO (a; b)', 'c'],
  ],
  ['a closing parenthesis too many', 'postgres', 'a ); b ) (;); c', ['a )', 'b ) (;)', 'c']],
  [
    'PostgreSQL has no trigger bodies',
    'postgres',
    'CREATE TRIGGER r EXECUTE FUNCTION f(); b',
    ['CREATE TRIGGER r EXECUTE FUNCTION f()', 'b'],
  ],
]

describe('splitStatements', () => {
  for (const [what, dialect, sql, expected] of CASES) {
    it(`${what} (${dialect})`, () => assert.deepEqual(texts(sql, dialect), expected))
  }

  it('says where each text begins', () => {
    const sql = '\uFEFF-- why\r\n  a;\r\n/* b */ c;'
    for (const { text, offset } of splitStatements(sql, 'postgres')) {
      assert.equal(sql.slice(offset, offset + text.length), text)
    }
    assert.deepEqual(
      splitStatements(sql, 'sqlite').map(({ offset }) => offset),
      [sql.indexOf('a;'), sql.indexOf('c;')],
    )
  })

  const endless: readonly (readonly [DialectName, string])[] = [
    ['sqlite', 'a; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; b; c'],
    ['postgres', 'a; CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; b; c'],
  ]
  for (const [dialect, sql] of endless) {
    it(`refuses a body without END instead of swallowing the rest (${dialect})`, () => {
      assert.throws(
        () => texts(sql, dialect),
        (error) => {
          assert.ok(error instanceof MigrateError)
          assert.equal(error.code, 'MIGRATION_UNPARSABLE')
          assert.equal(error.offset, 3)
          assert.equal(error.at?.column, 4)
          return true
        },
      )
    })
  }

  const gap = fc.constantFrom('', '\n', ';', ' ; -- a;\n', '\n/* ; */ ')
  it('gives back the statements that were joined (sqlite)', () => {
    fc.assert(
      fc.property(sqliteStatements, gap, (statements, between) => {
        assert.deepEqual(
          texts(statements.map((sql) => `${sql};${between}`).join(''), 'sqlite'),
          statements,
        )
      }),
      { numRuns: 300 },
    )
  })
  it('gives back the statements that were joined (postgres)', () => {
    fc.assert(
      fc.property(fc.array(postgresStatement), gap, (statements, between) => {
        assert.deepEqual(
          texts(statements.map((sql) => `${sql};${between}`).join(''), 'postgres'),
          statements,
        )
      }),
      { numRuns: 300 },
    )
  })
})
