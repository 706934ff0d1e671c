import fc from 'fast-check'
import type { DialectName } from '../../src/dialect/port.ts'

export const DIALECTS = ['sqlite', 'postgres'] as const satisfies DialectName[]

const PIECES =
  `' " \` [ ] $ $$ $a$ $1 -- /* */ ; ( ) , . : :: := ? @ \\ E' U&' U&" x' b' N' e a B end _ é 0 1 1. .5
  1e5 .. + - * / < > = || -> & ! # % { } begin atomic case create trigger function`.split(/\s+/)

/** Text made of what a scanner must tell apart; most of it is no SQL. */
export const scraps = fc
  .array(fc.constantFrom(' ', '\n', '\r\n', '\t', '\uFEFF', ...PIECES), { maxLength: 30 })
  .map((pieces) => pieces.join(''))

/** What must not be taken for the end of a statement. */
const traps = fc
  .array(fc.constantFrom(';', 'a', ' ', '\n', '--', '/*', '*/', '$', '$$', 'BEGIN', 'END'))
  .map((parts) => parts.join(''))

const literal = traps.map((text) => `'${text}''${text}'`)
const comment = fc.oneof(
  traps.map((text) => `/* ${text.replaceAll('*/', '').replaceAll('/*', '')} */`),
  traps.map((text) => `-- ${text.replaceAll('\n', '')}\n`),
)
const gap = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(' ', '\n', '\t') }, comment)

const name = (prefix: string, index: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(`${prefix}${index}`),
    traps.map((text) => `"${prefix}${index} ""${text}"""`),
  )

/** Fills the `{}` of a template with arbitrary texts, one after the other. */
const filled = (template: string, fill: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const parts = template.split('{}')
  return fc
    .array(fill, { minLength: parts.length - 1, maxLength: parts.length - 1 })
    .map((fills) => parts.map((part, index) => part + (fills[index] ?? '')).join(''))
}

const withGaps = (template: string): fc.Arbitrary<string> => filled(template, gap)

/** Statements that SQLite runs one after the other on an empty database with a table t0 (a). */
export const sqliteStatements: fc.Arbitrary<string[]> = fc
  .nat({ max: 6 })
  .chain((count) =>
    fc.tuple(...Array.from({ length: count }, (_, index) => sqliteStatement(index))),
  )

function sqliteStatement(index: number): fc.Arbitrary<string> {
  const table = fc
    .tuple(name('t', index + 1), literal, name('c', index))
    .chain(([named, value, column]) =>
      withGaps(`CREATE{}TABLE {}${named}{}(${column} TEXT{}DEFAULT ${value}, b INTEGER)`),
    )
  const insert = literal.chain((value) => withGaps(`INSERT{}INTO t0{}(a) VALUES{}(${value})`))
  const view = literal.chain((value) =>
    withGaps(`CREATE VIEW{}v${index} AS{}SELECT ${value}{}AS a`),
  )
  const trigger = fc
    .tuple(fc.constantFrom('', 'TEMP ', 'temporary '), name('r', index), literal)
    .chain(([kind, named, value]) =>
      withGaps(
        `CREATE ${kind}{}TRIGGER IF NOT EXISTS{}${named} AFTER UPDATE ON t0{}WHEN CASE WHEN 1 THEN 1 END BEGIN{}` +
          `UPDATE t0 SET a = CASE WHEN a IS ${value}{}THEN 1 ELSE 2 END;{}SELECT{}1 AS "end";{}END`,
      ),
    )
  return fc.oneof(table, insert, view, trigger)
}

/** Texts that are one statement each to the splitter for PostgreSQL. */
export const postgresStatement: fc.Arbitrary<string> = fc.oneof(
  traps.chain((text) => withGaps(`DO{}$q$ BEGIN PERFORM 1; ${text.replaceAll('$', '')} END $q$`)),
  literal.chain((value) =>
    withGaps(`CREATE{}FUNCTION f(){}RETURNS int{}BEGIN{}ATOMIC SELECT ${value};{}SELECT 1;{}END`),
  ),
  literal.chain((value) =>
    withGaps(`COMMENT{}ON TABLE t IS{}E'\\\\\\';'{}`).map((sql) => sql + value),
  ),
  withGaps(`CREATE RULE r AS ON INSERT TO t{}DO ALSO (DELETE FROM a;{}DELETE FROM b)`),
  fc.constantFrom(
    'BEGIN',
    'COMMIT',
    'SELECT $1',
    'SELECT a$b$c, d$b$e',
    'SELECT /* /* ; */ ; */ 1',
  ),
)
