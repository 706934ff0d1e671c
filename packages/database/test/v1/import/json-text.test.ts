import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { databases, testDatabase } from '../../../../../test/support/databases.ts'
import { jsonText } from '../../../src/v1/import/json-text.ts'
import { connect } from '../../support/connect.ts'

/** Text as the import has it: what no database keeps has gone from it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).map((some) => some.replaceAll('\0', '')),
  fc.constantFrom('"', '\\', '/', '\b\f\n\r\t\v', '\x1f\x7f\x80', '\u2028é日😀', '\uffff', 'a"b'),
)

/** Lengths in bytes of UTF-8 and in UTF-16 units that order keys in other ways. */
const key = fc.oneof(
  { arbitrary: text, weight: 2 },
  {
    arbitrary: fc.constantFrom(
      '',
      'b',
      'aa',
      'é',
      'ab',
      '日',
      'zzz',
      '😀',
      '\uffff',
      '__proto__',
      '10',
      '9',
    ),
    weight: 3,
  },
)

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    -0,
    1e21,
    -1.5e-7,
    1.25e-10,
    123e300,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    2 ** 53,
  ),
)

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 5 })
      .map((members) => Object.fromEntries(members)),
  ),
}))

test('JSON is for SQLite the text that JSON.stringify gives', () => {
  fc.assert(fc.property(value, (one) => jsonText(one, 'sqlite') === JSON.stringify(one)))
})

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  describe(kind.name, { skip: kind.skip }, () => {
    test('JSON is said as the server will say it again', async (t) => {
      const { query } = await connect(t, await testDatabase(t, kind))
      const some = fc.array(value, { minLength: 20, maxLength: 60 })
      await fc.assert(
        fc.asyncProperty(some, async (values) => {
          const literals = values.map((one) => `('${JSON.stringify(one).replaceAll("'", "''")}')`)
          const rows = await query(
            `SELECT v::jsonb::text AS told FROM (VALUES ${literals.join(', ')}) AS given(v)`,
          )
          assert.deepEqual(
            values.map((one) => jsonText(one, 'postgres')),
            rows.map(({ told }) => told),
          )
        }),
        { numRuns: 40 },
      )
    })
  })
}
