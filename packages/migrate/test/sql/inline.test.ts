import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inlineValues } from '../../src/sql/inline.ts'

test('values stand where their placeholders stood, and nowhere else', () => {
  assert.equal(
    inlineValues(`SELECT '?' AS "?", ?, /* ? */ x -? -- ?`, ['a', -1], 'sqlite'),
    `SELECT '?' AS "?", 'a', /* ? */ x -(-1) -- ?`,
  )
  assert.equal(
    inlineValues(`SELECT $2, $1, $2, '$1', data ? 'key', $$ $1 $$`, [true, null], 'postgres'),
    `SELECT NULL, 'true', NULL, '$1', data ? 'key', $$ $1 $$`,
  )
  assert.equal(inlineValues('SELECT ?1, ?1', [true], 'sqlite'), 'SELECT 1, 1')
  assert.equal(inlineValues('SELECT $1', ['C:\\'], 'postgres'), "SELECT  E'C:\\\\'")
  assert.equal(inlineValues('SELECT $1', ['C:\\'], 'sqlite'), "SELECT 'C:\\'")
})

test('a text without values is left as it is', () => {
  for (const text of ['SELECT ?', 'SELECT data ? $1', ':name']) {
    assert.equal(inlineValues(text, [], 'sqlite'), text)
    assert.equal(inlineValues(text, [], 'postgres'), text)
  }
})

test('what no literal is sure to give back is refused', () => {
  const values = [0.1, NaN, Infinity, 2 ** 53, 2n ** 63n, new Date(0), {}, [], undefined, 'a\0b']
  for (const dialect of ['sqlite', 'postgres'] as const) {
    for (const value of [...values, Buffer.from('a')]) {
      assert.throws(() => inlineValues('SELECT $1', [value], dialect), {
        code: 'STATEMENT_FAILED',
        message: /parameter \$1/,
      })
    }
  }
})

test('placeholders and values must match', () => {
  for (const [text, values] of [
    ['SELECT ?', ['a', 'b']],
    ['SELECT ?, ?', ['a']],
    ['SELECT $2', ['a']],
    ['SELECT :name', ['a']],
    ['SELECT 1', ['a']],
  ] as const) {
    assert.throws(() => inlineValues(text, values, 'sqlite'), { code: 'STATEMENT_FAILED' })
  }
})
