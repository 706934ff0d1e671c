import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLACES } from '../../src/credentials/places.ts'
import { expectedSchema } from '../support/expected-schema.ts'

/** Text that people or programs write as prose, and no JSON: it is not looked through. */
const PROSE = new Set(
  `address notes visit_url instructions service_description customer_url sync_error_message
   error_message source_url change_text full_text message action_taken user_agent stack_trace
   description reason audit_notes legal_basis change_reason grant_reason revoke_reason file_path
   resolution_notes downtime_reason purpose`.split(/\s+/),
)

const columns = Object.entries(expectedSchema('sqlite')).flatMap(([table, shape]) =>
  shape.columns.map((line) => {
    const [column = '', type = ''] = line.split(' ')
    return { table, column, type }
  }),
)
const known = new Set(PLACES.map(({ table, column }) => `${table}.${column}`))

test('every column of JSON is a place, and every one of text that is no prose', () => {
  const missed = columns
    .filter(({ type, column }) => type === 'JSON' || (type === 'TEXT' && !PROSE.has(column)))
    .map(({ table, column }) => `${table}.${column}`)
    .filter((name) => !known.has(name))
  assert.deepEqual(missed, [])
})

test('every place, its key and its name are columns of the schema, of the type that is said', () => {
  const types = new Map(columns.map(({ table, column, type }) => [`${table}.${column}`, type]))
  for (const { table, column, kind, free, key, name } of PLACES) {
    if (table.startsWith('v1_')) continue
    const isJson = kind === 'json' && !free
    assert.equal(types.get(`${table}.${column}`), isJson ? 'JSON' : 'TEXT', `${table}.${column}`)
    for (const part of [...key, ...(name ? [name] : [])]) {
      assert.ok(types.has(`${table}.${part}`), `${table}.${part}`)
    }
  }
})
