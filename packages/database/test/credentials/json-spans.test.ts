import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findSecrets } from '../../src/credentials/find-secrets.ts'
import { type JsonNode, readJson } from '../../src/credentials/json-spans.ts'

/** The value of a node, from its span of the text alone. */
function valueIn(node: JsonNode, text: string): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(([key, member]) => [key, valueIn(member, text)]))
    case 'array':
      return node.items.map((item) => valueIn(item, text))
    case 'text':
      assert.equal(node.value, JSON.parse(text.slice(node.start, node.end)))
      return node.value
    default:
      return JSON.parse(text.slice(node.start, node.end))
  }
}

test('any JSON is read as JSON.parse reads it, and every span is the value’s own', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
      const text = JSON.stringify(json, null, indent)
      assert.deepEqual(valueIn(readJson(text), text), JSON.parse(text))
    }),
  )
})

test('any text is refused where JSON.parse refuses it', () => {
  const nearly = fc
    .array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', '-', '.', 'e', 'null'),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(nearly, (text) => {
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch {
        assert.throws(() => readJson(text), SyntaxError, text)
        return
      }
      assert.deepEqual(valueIn(readJson(text), text), parsed)
    }),
    { numRuns: 2000 },
  )
})

test('what other writers of JSON write is read too', () => {
  const secretsOf = (json: string) => findSecrets(json)?.map(({ text }) => text) ?? null
  assert.deepEqual(secretsOf('{"x": NaN, "y": -Infinity, "password": "a"}'), ['a'])
  assert.deepEqual(secretsOf('\ufeff{"password": "a"}'), ['a'])
  assert.deepEqual(secretsOf('{"password": "a\u0001\\n"}'), ['a\u0001\n'])
  assert.deepEqual(secretsOf('{"password": "a", "password": "b"}'), ['a', 'b'])
  assert.deepEqual(secretsOf('{"pass\\u0077ord": "a"}'), ['a'])
  assert.equal(secretsOf('{"password": "a"'), null)
  assert.equal(secretsOf(`${'['.repeat(200_000)}"password"`), null)
})
