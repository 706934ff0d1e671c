import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertUnchanged } from '../../../src/v1/directory/compare-inventories.ts'
import type { Inventory, InventoryEntry } from '../../../src/v1/directory/inventory.ts'
import { printable } from '../../../src/v1/directory/printable.ts'

test('what a terminal would act on is written as its number', () => {
  assert.equal(
    printable('a\u001b[2J\u009b31m\u202egnp.é😀"\\'),
    'a\\u001b[2J\\u009b31m\\u202egnp.é😀"\\',
  )
  assert.equal(printable('\ud800\n\u2066'), String.raw`\ud800\u000a\u2066`)
})

test('two names that print alike are two entries', () => {
  const entry = (ino: bigint): InventoryEntry => ({
    path: 'users/a\\xff',
    kind: 'file',
    what: '',
    bytes: 1,
    mtimeNs: 1n,
    ino,
    mode: 0o600,
  })
  const of = (...entries: InventoryEntry[]): Inventory => ({
    directory: '/v1',
    entries,
    folders: [],
  })
  assertUnchanged(of(entry(1n), entry(2n)), of(entry(2n), entry(1n)))
  assert.throws(() => assertUnchanged(of(entry(1n), entry(2n)), of(entry(1n))), {
    code: 'IMPORT_SOURCE_CHANGED',
  })
})
