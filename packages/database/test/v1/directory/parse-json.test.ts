import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findFault } from '../../../src/v1/directory/json-fault.ts'
import { parseJson } from '../../../src/v1/directory/parse-json.ts'

function quarantineOf(text: string) {
  const parsed = parseJson(text)
  return 'quarantine' in parsed ? parsed.quarantine : null
}

const SMALL = '{"a": [1.5e3, -0, "x\\u00e9\\n\\"y"],\r\n "b": {"c": true, "d": null, "é": false}}'

test('what is valid is what JSON.parse says', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      assert.deepEqual(parseJson(text), { value: JSON.parse(text), notes: [] })
    }),
    { numRuns: 200 },
  )
})

test('a file that is cut off at any byte is told from one that is broken', () => {
  for (let length = 1; length < SMALL.length; length++) {
    assert.equal(quarantineOf(SMALL.slice(0, length))?.code, 'FILE_CUT', `at ${length}`)
  }
  assert.equal(quarantineOf(SMALL), null)
  assert.equal(quarantineOf(`${SMALL.slice(0, 20)}\0\0\0`)?.code, 'FILE_CUT')
  for (const empty of ['', ' \r\n\t', '\0\0\0']) {
    assert.equal(quarantineOf(empty)?.code, 'FILE_EMPTY')
  }
})

test('a fault is found wherever JSON.parse finds one', () => {
  const edits = fc.tuple(fc.nat(SMALL.length - 1), fc.constantFrom(...'{}[]",:\\x1-e.\n'))
  fc.assert(
    fc.property(edits, ([at, put]) => {
      const text = SMALL.slice(0, at) + put + SMALL.slice(at + 1)
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      assert.equal(findFault(text) === null, valid)
      assert.equal(quarantineOf(text) === null, valid)
    }),
    { numRuns: 1000 },
  )
})

test('a fault is told by line and column, never by what is written there', () => {
  const texts: Record<string, string> = {
    '{"password": hunter2}': 'line 1, column 14',
    '{\r\n  "password": "hunter2" "x"\r\n}': 'line 2, column 25',
    '["hunter2", NaN]': 'line 1, column 13',
    '["hunter2"] hunter2': 'line 1, column 13',
    "{'hunter2': 1}": 'line 1, column 2',
    '["hunter2",]': 'line 1, column 12',
    '["hunter2\\q"]': 'line 1, column 10',
    '[012]': 'line 1, column 2',
  }
  for (const [text, place] of Object.entries(texts)) {
    assert.deepEqual(quarantineOf(text), {
      code: 'FILE_UNREADABLE',
      message: `The file is not valid JSON at ${place}.`,
    })
  }
  assert.equal(quarantineOf('{"password": "hunter2')?.message.includes('hunter2'), false)
})

test('nesting is bounded, and brackets in strings are no nesting', () => {
  for (const text of ['['.repeat(100_000), '{"a":'.repeat(100_000), `1${'['.repeat(201)}`]) {
    assert.equal(quarantineOf(text)?.code, 'TOO_DEEP')
  }
  assert.equal(quarantineOf(`${'['.repeat(200)}${']'.repeat(200)}`), null)
  assert.equal(quarantineOf(JSON.stringify('\\"['.repeat(1000))), null)
})

test('numbers that a double cannot hold stay as their text, each with a note', () => {
  const exact =
    '[0, -0, 0.1, 1.10, 1e22, 9007199254740992, 5e-324, 0.30000000000000004, 100000000000000000000]'
  assert.deepEqual(parseJson(exact), { value: JSON.parse(exact), notes: [] })

  const text =
    '{"id": 9007199254740993, "a/b": [1e400, {"~": -1e-400}], "pi": 3.14159265358979323846, "n": 1}'
  assert.deepEqual(parseJson(text), {
    value: {
      id: '9007199254740993',
      'a/b': ['1e400', { '~': '-1e-400' }],
      pi: '3.14159265358979323846',
      n: 1,
    },
    notes: ['/id', '/a~1b/0', '/a~1b/1/~0', '/pi'].map((position) => ({
      code: 'NUMBER_AS_TEXT',
      position,
    })),
  })
  assert.deepEqual(parseJson('12345678901234567890'), {
    value: '12345678901234567890',
    notes: [{ code: 'NUMBER_AS_TEXT', position: '' }],
  })
})

test('no number is changed without a note', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 })
  const number = fc
    .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 20n }), digits, fc.nat(330))
    .chain(([sign, whole, fraction, power]) =>
      fc.constantFrom(
        `${sign}${whole}`,
        `${sign}${whole}.${fraction}`,
        `${sign}${whole}e${power}`,
        `${sign}${whole}.${fraction}E-${power}`,
      ),
    )
  fc.assert(
    fc.property(number, (source) => {
      const parsed = parseJson(`{"n":${source}}`)
      assert.ok('value' in parsed)
      const { n } = parsed.value as { n: string | number }
      assert.equal(typeof n === 'string', parsed.notes.length === 1)
      if (typeof n === 'string') assert.equal(n, source)
      else assert.equal(scaled(String(n)), scaled(source))
    }),
    { numRuns: 1000 },
  )
})

/** Exact: as an integer of 10 ** -800. */
function scaled(source: string): bigint {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? []
  const digits = BigInt(sign + whole + fraction)
  return digits * 10n ** BigInt(Number(power) - fraction.length + 800)
}

test('of a key that stands twice the last counts, and __proto__ is a key like others', () => {
  const text = '{"a": 1, "__proto__": {"admin": 1e400}, "a": 2, "constructor": {"prototype": 1}}'
  const parsed = parseJson(text)
  assert.ok('value' in parsed)
  const value = parsed.value as Record<string, unknown>
  assert.equal(value.a, 2)
  assert.deepEqual(Object.keys(value), ['a', '__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.equal((value as { admin?: unknown }).admin, undefined)
  assert.equal(({} as { admin?: unknown }).admin, undefined)
})

test('a huge string is read', () => {
  const text = JSON.stringify({ a: '\\"é'.repeat(1_000_000) })
  const parsed = parseJson(text)
  assert.ok('value' in parsed)
  assert.equal(JSON.stringify(parsed.value), text)
  assert.equal(quarantineOf(text.slice(0, -1))?.code, 'FILE_CUT')
})
