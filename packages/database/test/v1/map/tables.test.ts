import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TARGETS, type Target } from '../../../src/v1/map/tables.ts'
import { expectedSchema } from '../../support/expected-schema.ts'

const TYPES: Readonly<Record<string, string>> = {
  integer: 'INTEGER',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  datetime: 'DATETIME',
  json: 'JSON',
  sealed: 'TEXT',
  password: 'TEXT',
}

/** The schema sets them no limit; an index of PostgreSQL does, which SQLite has not. */
const INDEXED = new Set([
  ...['work_orders.id', 'work_orders.user_id', 'dispensers.id', 'dispensers.work_order_id'],
])
/** Characters of up to four bytes, of the 2,700 that an entry of an index may have. */
const LONGEST_KEY = 255

const schema = expectedSchema('sqlite')

for (const target of TARGETS as readonly Target[]) {
  test(`${target.name} has the columns that the import writes, and needs no others`, () => {
    const columns = schema[target.name]?.columns ?? []
    const byName = new Map(columns.map((column) => [column.split(' ')[0], column]))
    for (const [name, kind] of Object.entries(target.columns)) {
      const length = kind.kind === 'text' ? kind.length : undefined
      const isFree = length === undefined || INDEXED.has(`${target.name}.${name}`)
      const texts = isFree ? 'VARCHAR|TEXT' : `VARCHAR\\(${length}\\)`
      const type = kind.kind === 'text' ? texts : TYPES[kind.kind]
      const column = byName.get(name) ?? 'missing'
      assert.match(column, new RegExp(`^${name} (${type})( |$)`))
      const isRequired = / (required|pk)\b/.test(column)
      assert.equal('required' in kind, isRequired, column)
      byName.delete(name)
    }
    const needed = [...byName.values()].filter((column) => / required| pk/.test(column))
    assert.deepEqual(needed, target.id === 'number' ? ['id INTEGER pk'] : [])
    assert.equal(target.isTimed, byName.has('updated_at'))
    for (const name of target.key ?? []) {
      const column = target.columns[name]
      assert.ok(column?.kind === 'text' && (column.length ?? Infinity) <= LONGEST_KEY, name)
    }
  })
}

test('a table comes after those that it refers to', () => {
  const order = (TARGETS as readonly Target[]).map(({ name }) => name)
  for (const [at, name] of order.entries()) {
    const referred = schema[name]?.columns.join() ?? ''
    for (const [, table] of referred.matchAll(/-> (\w+)\./g)) {
      assert.ok(order.indexOf(String(table)) < at, `${name} refers to ${table}`)
    }
  }
})
