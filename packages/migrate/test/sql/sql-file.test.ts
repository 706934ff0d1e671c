import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { DialectName } from '../../src/dialect/port.ts'
import { MigrateError } from '../../src/errors.ts'
import { parseSqlMigration } from '../../src/migration/sql-file.ts'
import { postgresStatement, sqliteStatements } from './arbitraries.ts'

const parse = (source: string, dialect: DialectName = 'sqlite') =>
  parseSqlMigration(source, dialect)
const texts = (section: { statements: readonly { text: string }[] } | null) =>
  section?.statements.map(({ text }) => text)

describe('a migration in SQL', () => {
  it('has what each section says, with places in the whole file', () => {
    const source =
      '-- migrate:up\nCREATE TABLE t (a);\nCREATE INDEX i ON t (a);\n-- migrate:down\nDROP TABLE t;\n'
    const { up, down, irreversible, ...headers } = parse(source)
    assert.deepEqual(headers, {})
    assert.equal(irreversible, false)
    assert.deepEqual(texts(up), ['CREATE TABLE t (a)', 'CREATE INDEX i ON t (a)'])
    assert.deepEqual(texts(down), ['DROP TABLE t'])
    for (const { text, offset } of [...up.statements, ...(down?.statements ?? [])]) {
      assert.equal(source.slice(offset, offset + text.length), text)
    }
  })

  it('declares in its header what defineMigration declares', () => {
    const header = [
      '-- migrate:description Move the; orders',
      '-- migrate:depends-on v001_a, v002_b',
      '-- migrate:phase contract',
      '-- migrate:foreign-keys checked',
      '-- migrate:shrinks orders,lines',
    ]
    const { up, down, ...declared } = parse(`${header.join('\n')}\n-- migrate:up\nSELECT 1;`)
    assert.deepEqual(declared, {
      description: 'Move the; orders',
      dependsOn: ['v001_a', 'v002_b'],
      phase: 'contract',
      foreignKeys: 'checked',
      shrinks: ['orders', 'lines'],
      irreversible: false,
    })
  })

  it('depends on nothing where it says none', () => {
    assert.deepEqual(parse('-- migrate:depends-on none\n-- migrate:up\n').dependsOn, [])
  })

  const descriptions: readonly (readonly [string, string | undefined])[] = [
    ['-- Adds tags.\n-- And more.\n', 'Adds tags.'],
    ['\n--\n------\n--   Adds tags  \r\n', 'Adds tags'],
    ['/*\n * Adds tags\n * and more\n */\n', 'Adds tags'],
    ['-- Adds tags\n-- migrate:description Better\n', 'Better'],
    ['', undefined],
  ]
  for (const [header, expected] of descriptions) {
    it(`is described as ${expected} by ${JSON.stringify(header)}`, () =>
      assert.equal(parse(`${header}-- migrate:up\n-- not this\nSELECT 1`).description, expected))
  }

  it('runs a section in a transaction unless it says otherwise', () => {
    const both = parse(
      '-- migrate:up transaction:false\nVACUUM;\n-- migrate:down transaction:true\nSELECT 1',
    )
    assert.equal(both.up.transaction, false)
    assert.equal(both.down?.transaction, true)
    assert.equal(parse('-- migrate:up\nSELECT 1').up.transaction, true)
  })

  it('says nothing about going back when its down section is missing or empty', () => {
    assert.equal(parse('-- migrate:up\nSELECT 1').down, null)
    assert.equal(parse('-- migrate:up\nSELECT 1;\n-- migrate:down\n-- nothing\n;').down, null)
  })

  it('can be irreversible, beside an empty down section that dbmate insists on', () => {
    for (const end of ['-- migrate:irreversible', '-- migrate:down\n-- migrate:irreversible\n']) {
      const parsed = parse(`-- migrate:up\nSELECT 1;\n${end}`)
      assert.equal(parsed.irreversible, true)
      assert.equal(parsed.down, null)
    }
  })

  it('may be written as dbmate allows: no space, tabs, CRLF, a byte order mark', () => {
    const source =
      '\uFEFF--migrate:up\t transaction:false \r\nSELECT 1;\r\n--\tmigrate:down\r\nSELECT 2;\r\n'
    const { up, down } = parse(source, 'postgres')
    assert.equal(up.transaction, false)
    assert.deepEqual([texts(up), texts(down)], [['SELECT 1'], ['SELECT 2']])
    assert.equal(source.slice(up.statements[0]?.offset).startsWith('SELECT 1'), true)
  })

  it('takes no directive from a string, a dollar quote or a block comment', () => {
    const source = `-- migrate:up
      INSERT INTO t VALUES ('
-- migrate:down
      '), ($$
-- migrate:down
$$);
/*
-- migrate:down
*/ SELECT 2;`
    const { up, down } = parse(source, 'postgres')
    assert.equal(up.statements.length, 2)
    assert.equal(down, null)
  })

  it('takes ordinary comments for comments', () => {
    const source = `-- migrate:up
-- migrate: the old rows first
      -- migrate: the new ones then
      -- Migrate up to here by hand, goose:up
      SELECT 1; -- and down`
    assert.deepEqual(texts(parse(source).up), ['SELECT 1'])
  })

  it('may use savepoints, and commit by itself outside a transaction', () => {
    const inside = 'SAVEPOINT a; ROLLBACK TO a; ROLLBACK TRANSACTION TO SAVEPOINT a; RELEASE a'
    assert.equal(parse(`-- migrate:up\n${inside}`).up.statements.length, 4)
    assert.equal(parse('-- migrate:up transaction:false\nBEGIN; COMMIT').up.statements.length, 2)
  })

  it('gives back the statements that were written', () => {
    for (const [dialect, statements] of [
      ['sqlite', sqliteStatements],
      ['postgres', fc.array(postgresStatement)],
    ] as const) {
      const section = (all: readonly string[]) => all.map((sql) => `${sql};\n`).join('')
      fc.assert(
        fc.property(statements, statements, (up, down) => {
          const options = 'transaction:false'
          const parsed = parse(
            `-- migrate:up ${options}\n${section(up)}-- migrate:down ${options}\n${section(down)}`,
            dialect,
          )
          assert.deepEqual(texts(parsed.up), up)
          assert.deepEqual(texts(parsed.down) ?? [], down)
        }),
      )
    }
  })
})

describe('a migration in SQL is refused', () => {
  /** The file, with ‸ before the place that the error must name. */
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown directive', '‸-- migrate:sideways\n', /The directives are migrate:up/],
    ['a misspelt one', '-- migrate:up\n‸-- migrate:dwon\n', /Is migrate:down meant/],
    [
      'a misspelt header',
      '‸-- migrate:desciption a\n-- migrate:up',
      /Is migrate:description meant/,
    ],
    [
      'one in capitals',
      '-- migrate:up\n‸-- MIGRATE:DOWN\n',
      /"-- migrate:down" at the very beginning/,
    ],
    ['an indented one', '-- migrate:up\n  ‸-- migrate:down\n', /at the very beginning/],
    ['one behind a statement', '-- migrate:up\na; ‸-- migrate:down\n', /at the very beginning/],
    [
      'one with a space',
      '-- migrate:up\n‸-- migrate: down transaction:false',
      /at the very beginning/,
    ],
    ['one without its colon', '-- migrate:up\n‸-- migrate down\n', /at the very beginning/],
    ["another tool's", '-- migrate:up\n‸-- +migrate Down\n', /at the very beginning/],
    ['a misspelt prefix', '-- migrate:up\n‸-- migrte:down\n', /at the very beginning/],
    ['an unknown option', '-- migrate:up ‸lock:none\n', /transaction:false and transaction:true/],
    ['a misspelt option', '-- migrate:up ‸transactions:false', /Is transaction:false meant/],
    ['a misspelt value', '-- migrate:up ‸transaction:flase', /Is transaction:false meant/],
    ['an option twice', '-- migrate:up transaction:true ‸transaction:true', /Keep one/],
    ['a second up', '-- migrate:up\n-- migrate:down\n‸-- migrate:up', /a file of its own/],
    ['a second down', '-- migrate:up\n-- migrate:down\n‸-- migrate:down', /Keep one/],
    [
      'a second header',
      '-- migrate:phase expand\n‸-- migrate:phase expand\n-- migrate:up',
      /Keep one/,
    ],
    ['a header behind up', '-- migrate:up\n‸-- migrate:phase expand', /before -- migrate:up/],
    ['SQL before up', '-- a\n‸CREATE TABLE t (a);\n-- migrate:up\n', /before the first statement/],
    ['no up', '‸-- a\n', /Write -- migrate:up/],
    ['an empty file', '‸', /Write -- migrate:up/],
    ['down before up', '‸-- migrate:down\n-- migrate:up\n', /up section first/],
    ['irreversible before up', '‸-- migrate:irreversible\n-- migrate:up\n', /up section first/],
    [
      'irreversible with a down',
      '-- migrate:up\n-- migrate:down\n‸a;\n-- migrate:irreversible',
      /what goes back/,
    ],
    [
      'a down behind irreversible',
      '-- migrate:up\n-- migrate:irreversible\n‸-- migrate:down',
      /what goes back/,
    ],
    [
      'SQL behind irreversible',
      '-- migrate:up\n-- migrate:irreversible\n‸DROP TABLE t',
      /what goes back/,
    ],
    ['irreversible with options', '-- migrate:up\n-- migrate:irreversible ‸since it is', /comment/],
    ['an empty description', '‸-- migrate:description \n-- migrate:up', /on the same line/],
    ['an unknown phase', '-- migrate:phase ‸expnad\n-- migrate:up', /Is expand meant/],
    ['no phase', '-- migrate:phase‸\n-- migrate:up', /one of expand, contract/],
    [
      'other foreign keys',
      '-- migrate:foreign-keys ‸off\n-- migrate:up',
      /one of enforced, checked/,
    ],
    ['a list without commas', '-- migrate:shrinks ‸a b\n-- migrate:up', /first, second/],
    ['a list with a gap', '-- migrate:depends-on ‸a,,b\n-- migrate:up', /first, second/],
    ['a name twice', '-- migrate:depends-on ‸a, a\n-- migrate:up', /first, second/],
    ['none and some', '-- migrate:depends-on ‸none, a\n-- migrate:up', /first, second/],
    ['BEGIN', '-- migrate:up\n‸begin immediate; a; commit', /transaction:false/],
    ['COMMIT', '-- migrate:up\na; /* b */ ‸COMMIT', /transaction:false/],
    ['END', '-- migrate:up\na;\n-- migrate:down\n‸END TRANSACTION', /transaction:false/],
    ['START', '-- migrate:up\n‸START /* a */ TRANSACTION', /transaction:false/],
    ['ROLLBACK', '-- migrate:up\n‸rollback', /transaction:false/],
    ['PREPARE', "-- migrate:up\n‸PREPARE TRANSACTION 'a'", /transaction:false/],
  ]
  for (const [what, marked, hint] of refused) {
    it(`for ${what}`, () => {
      const offset = marked.indexOf('‸')
      const before = marked.slice(0, offset).split('\n')
      for (const dialect of ['sqlite', 'postgres'] as const) {
        assert.throws(
          () => parse(marked.replace('‸', ''), dialect),
          (error) => {
            assert.ok(error instanceof MigrateError)
            assert.equal(error.code, 'MIGRATION_INVALID')
            assert.match(error.hint, hint)
            assert.equal(error.offset, offset)
            assert.equal(error.at?.line, before.length)
            assert.equal(error.at?.column, (before.at(-1) ?? '').length + 1)
            assert.match(error.at?.frame ?? '', new RegExp(`^> ${before.length} \\|`, 'm'))
            return true
          },
        )
      }
    })
  }

  it('for a string without its end, with the place in the file', () => {
    assert.throws(
      () => parse("\uFEFF-- migrate:up\r\nSELECT 1;\r\nSELECT 'a;\r\n-- migrate:down\r\n"),
      (error) => {
        assert.ok(error instanceof MigrateError)
        assert.equal(error.code, 'MIGRATION_UNPARSABLE')
        assert.deepEqual(error.at, {
          line: 3,
          column: 8,
          frame: [
            '  1 | -- migrate:up',
            '  2 | SELECT 1;',
            "> 3 | SELECT 'a;",
            '    |        ^',
            '  4 | -- migrate:down',
            '  5 |',
          ].join('\n'),
        })
        return true
      },
    )
  })

  it('for a trigger that the next section cuts off', () => {
    const source = '-- migrate:up\nCREATE TRIGGER r BEGIN SELECT 1;\n-- migrate:down\nEND;'
    assert.throws(() => parse(source), { code: 'MIGRATION_UNPARSABLE', offset: 14 })
  })
})
