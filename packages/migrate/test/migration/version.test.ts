import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareVersions, nearest, versionOf } from '../../src/migration/version.ts'

test('numbers in a version compare as numbers', () => {
  const versions = ['v10_b', 'v9_a', 'v001_x', 'v1_x', '1.10', '1.9', '20260101_a', '20251231_z']
  assert.deepEqual(versions.sort(compareVersions), [
    '1.9',
    '1.10',
    '20251231_z',
    '20260101_a',
    'v001_x',
    'v1_x',
    'v9_a',
    'v10_b',
  ])
})

test('the order is total: antisymmetric, transitive, and equal only for the same text', () => {
  const version = fc.stringMatching(/^[v_0-9a.]{1,8}$/)
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0)
      assert.equal(compareVersions(a, b) === 0, a === b)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
        assert.ok(compareVersions(a, c) <= 0)
      }
    }),
    { numRuns: 3000 },
  )
})

test('a version is the file name without its extension, whatever the folder', () => {
  assert.equal(versionOf('/somewhere/else/v001_initial.ts'), 'v001_initial')
  assert.equal(versionOf('v001_initial.js'), 'v001_initial')
})

test('the nearest name is offered, and none when nothing is near', () => {
  const known = ['v001_initial_schema', 'v002_add_indexes']
  assert.equal(nearest('v002_add_indices', known), 'v002_add_indexes')
  assert.equal(nearest('v001', known), 'v001_initial_schema')
  assert.equal(nearest('qqqqqqqqqqqqqqqqqqqqqqqqqqq', known), undefined)
})
