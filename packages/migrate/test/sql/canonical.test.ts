import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DialectName } from '../../src/dialect/port.ts'
import { MigrateError } from '../../src/errors.ts'
import { canonicalSql } from '../../src/sql/canonical.ts'
import { DIALECTS, scraps, sqliteStatements } from './arbitraries.ts'

const CASES: readonly (readonly [DialectName, string, string])[] = [
  ['sqlite', 'CREATE INDEX "i" ON "t" ("a");', 'create index i on t(a)'],
  ['sqlite', 'create\n index i on t(a) -- why', 'create index i on t(a)'],
  ['sqlite', 'CREATE INDEX [I] ON `T` ( "A" , b )', 'create index i on t(a,b)'],
  ['sqlite', "CHECK (A IN ('Open','Done'))", "check(a in('Open','Done'))"],
  ['sqlite', 'main . "t"', 'main.t'],
  ['sqlite', 'a||b', 'a || b'],
  ['sqlite', 'SELECT "a b", [c"d], `e``f`', 'select "a b","c""d","e`f"'],
  ['sqlite', 'DEFAULT "NULL"', 'default "null"'],
  ['sqlite', '("order", "user")', '("order",user)'],
  ['postgres', '("order", "user")', '("order","user")'],
  ['postgres', 'SELECT "Name", "name"', 'select "Name",name'],
  ['postgres', 'SELECT a :: TEXT, 1E5', 'select a :: text,1e5'],
  ['postgres', 'SELECT $$ A $$, E\'\\n\', U&"A"', 'select $$ A $$,E\'\\n\',U&"A"'],
  ['sqlite', 'SELECT 1 ;;\n; -- end', 'select 1'],
  ['sqlite', 'ÄB "ÄB"', 'Äb "Äb"'],
  ['sqlite', '', ''],
]

const attempt = (sql: string, dialect: DialectName): string | undefined => {
  try {
    return canonicalSql(sql, dialect)
  } catch (thrown) {
    if (thrown instanceof MigrateError) return undefined
    throw thrown
  }
}

describe('canonicalSql', () => {
  for (const [dialect, sql, expected] of CASES) {
    it(`${dialect}: ${JSON.stringify(sql)}`, () =>
      assert.equal(canonicalSql(sql, dialect), expected))
  }

  for (const dialect of DIALECTS) {
    it(`leaves its own result as it is (${dialect})`, () => {
      fc.assert(
        fc.property(scraps, (sql) => {
          const once = attempt(sql, dialect)
          if (once !== undefined) assert.equal(canonicalSql(once, dialect), once)
        }),
        { numRuns: 3000 },
      )
    })
  }

  it('is the same however white space, comments, case and quotes are written', () => {
    const parts = ['create', 'unique', 'index', 'i1', 'on', 't', '(', 'a', ',', 'b', ')', 'where']
    const names = new Set(['i1', 't', 'a', 'b'])
    const gap = fc.constantFrom(' ', '\n', '\t', ' /* ; */ ', " -- it's\n")
    const written = fc.constantFrom<(name: string) => string>(
      (name) => name,
      (name) => name.toUpperCase(),
      (name) => (names.has(name) ? `"${name}"` : name),
      (name) => (names.has(name) ? `[${name.toUpperCase()}]` : name),
    )
    const spelling = fc
      .array(fc.tuple(gap, written), { minLength: parts.length, maxLength: parts.length })
      .map((how) => how.map(([space, write], at) => write(parts[at] ?? '') + space).join(''))
    fc.assert(
      fc.property(spelling, (sql) => {
        const canonical = canonicalSql(`${sql} b='X';`, 'sqlite')
        assert.equal(canonical, "create unique index i1 on t(a,b)where b = 'X'")
      }),
    )
  })

  it('keeps whole statements readable to itself', () => {
    fc.assert(
      fc.property(sqliteStatements, (statements) => {
        for (const sql of statements) {
          const once = canonicalSql(sql, 'sqlite')
          assert.equal(canonicalSql(once, 'sqlite'), once)
        }
      }),
    )
  })
})
