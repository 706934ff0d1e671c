import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fit } from '../../../src/v1/map/fit.ts'
import { KINDS } from '../../../src/v1/map/kinds.ts'
import { mapSettings } from '../../../src/v1/map/settings.ts'
import { shapeOf } from '../../../src/v1/map/shape.ts'
import { mapTutorialFile } from '../../../src/v1/map/tutorial.ts'
import { mapUsers } from '../../../src/v1/map/users.ts'
import type { Mapping } from '../../../src/v1/record.ts'
import { USER, userWith, wholeOf } from './support.ts'

const KEYS = [
  ...['id', 'email', 'password', 'lastUsed', 'label', 'isTutorial', 'preferences', 'provers'],
  ...['workOrders', 'jobs', 'customer', 'visits', 'nextVisit', 'date', 'services', 'code', 'W-1'],
  ...['dispenserData', 'dispensers', 'workOrderId', 'fields', 'title', 'serial', 'priority'],
  ...['activities', 'timestamp', 'type', 'completedJobs', 'batches', 'changes', 'allChanges'],
  ...['activeUserId', '__proto__', 'constructor', 'toString', ''],
]
const scalar = fc.oneof(
  fc.constantFrom(
    'W-1',
    'tutorial',
    'a@example.com',
    'A@example.com',
    '02/30/2025',
    '2861',
    '',
    '\0',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, false, 1_746_561_610),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('json')), {
        maxLength: 5,
      })
      .map((entries) => Object.fromEntries(entries)),
  ),
}))

const isList = (value: unknown) => typeof value === 'object' && value !== null
const lengthOf = (value: unknown) => (isList(value) ? Object.keys(value as object).length : 1)
const own = (value: unknown, name: string): unknown =>
  isList(value) && !Array.isArray(value) && Object.hasOwn(value as object, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** Each fits or is quarantined, at a place of its own. */
function settle(mappings: readonly Mapping[]): void {
  for (const mapping of mappings.map(fit)) assert.ok('row' in mapping !== 'quarantine' in mapping)
  const positions = mappings.map(({ record }) => record.position)
  assert.equal(new Set(positions).size, positions.length)
}

/** The records within a record, counted without the mappings. */
function childrenOf(name: string, value: unknown): number {
  if (name === 'change_history.json') {
    const changes = own(own(value, 'changes'), 'allChanges') ?? []
    return Array.isArray(changes) ? changes.length : 1
  }
  return 0
}

for (const { name, lists, item } of KINDS.filter((kind) => kind.item)) {
  test(`of any JSON as ${name} every item is accounted for`, () => {
    // what the kind may hold, more often than chance would have it
    const list = fc.array(json, { maxLength: 4 })
    const wrapped = fc
      .constantFrom(...lists)
      .chain((member) =>
        list.map((items): unknown => (member === '' ? items : { [member]: items })),
      )
    fc.assert(
      fc.property(fc.oneof(json, wrapped), (value) => {
        const shape = shapeOf({ lists }, value)
        const { unknown } = shape
        const items = [...shape.items]
        const held = Array.isArray(value)
          ? lists.includes('') && [value]
          : lists.filter((list) => list !== '').map((list) => own(value, list))
        const there = (held || []).filter((list) => list !== undefined && list !== null)
        const expected = there.reduce((sum: number, list) => sum + lengthOf(list), 0)
        if (there.length > 0) assert.equal(items.length + unknown.length, expected)
        const mappings = items.map((one) => item?.({ file: name, ...one }, userWith()) ?? [])
        for (const [at, of] of mappings.entries()) {
          assert.ok(of.length >= 1)
          const isKeyed = typeof items[at]?.key === 'string'
          const children = isKeyed ? 0 : childrenOf(name, items[at]?.value)
          assert.equal(of.length, 1 + children)
        }
        settle(mappings.flat())
      }),
    )
  })
}

test('of any JSON every dispenser of an order that is there is accounted for', () => {
  const kind = KINDS.find(({ name }) => name === 'dispenser_store.json')
  fc.assert(
    fc.property(fc.oneof(json, fc.array(json)), (dispensers) => {
      const value = { dispensers }
      const item = { file: 'f', list: 'dispenserData', key: 'W-1', value }
      const mappings = kind?.item?.(item, userWith('W-1')) ?? []
      const isNone = dispensers === null || dispensers === undefined
      assert.equal(mappings.length, 1 + (isNone ? 0 : lengthOf(dispensers)))
      settle(mappings)
    }),
  )
})

test('any JSON as a file that is one record is accounted for', () => {
  fc.assert(
    fc.property(json, (value) => {
      for (const { name, whole } of KINDS) {
        const mappings = whole?.(wholeOf(name, value, 'text'), userWith())
        if (!mappings) continue
        assert.ok(name === 'prover_preferences.json' || mappings.length === 1)
        settle(mappings)
      }
      assert.equal(mapTutorialFile(wholeOf('f', value, '')).map(fit).length, 1)
    }),
  )
})

test('any JSON as users and settings has one mapping an entry', () => {
  fc.assert(
    fc.property(json, (value) => {
      const { mappings, users } = mapUsers('users.json', value)
      assert.equal(mappings.length, lengthOf(value))
      settle(mappings)
      const merged = mappings.filter((mapping) => 'merged' in mapping).length
      const rows = mappings.filter((one) => 'row' in one && one.row.table === 'users').length
      assert.equal(users.length, rows - merged)
      const folders = users.flatMap(({ folderIds }) => folderIds)
      assert.equal(new Set(folders).size, folders.length)
      settle(mapSettings('settings.json', value, () => USER))
    }),
  )
})
