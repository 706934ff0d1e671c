import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get } from '../../../src/v1/map/fields.ts'
import { mapFile, notesOf, placesOf, rowOf, USER, userWith, valuesOf } from './support.ts'

const ORDER = {
  id: 'W-900101',
  customer: {
    name: 'Quickpump Market',
    storeNumber: '#4101',
    address: { street: '1 Harbor Road', cityState: 'Larkspur QX 00041', county: 'Fennel County' },
    storeUrl: 'https://fossa.example/app/customers/locations/101/',
  },
  services: [
    { type: 'Inspection', description: 'Yearly', code: 'none' },
    { type: 'Meter Check', quantity: 6, description: 'All dispensers', code: 2861 },
  ],
  visits: {
    nextVisit: { date: '05/07/2025', url: '/app/work/900101/visits/128742/', visitId: 905101 },
  },
  instructions: 'Check every meter.\r\n',
  rawHtml: '<div></div>',
}

/** The work orders of a file, without its copy. */
const orders = (value: unknown) => mapFile('scraped_content.json', value).slice(1)

test('a work order comes to the columns that the mapping names', () => {
  const [order] = orders({ workOrders: [ORDER] })
  const { rawHtml: _, ...scraped } = ORDER
  assert.deepEqual(rowOf(order), {
    table: 'work_orders',
    userId: USER,
    identity: 'W-900101',
    values: {
      id: `${USER}-W-900101`,
      user_id: USER,
      external_id: 'W-900101',
      site_name: 'Quickpump Market',
      address: '1 Harbor Road',
      street: '1 Harbor Road',
      city_state: 'Larkspur QX 00041',
      county: 'Fennel County',
      store_number: '4101',
      customer_url: 'https://fossa.example/app/customers/locations/101/',
      status: null,
      service_code: '2861',
      service_description: 'All dispensers',
      work_type: 'Meter Check',
      service_items: ORDER.services,
      visit_id: '905101',
      visit_url: '/app/work/900101/visits/128742/',
      visit_number: '128742',
      scheduled_date: new Date('2025-05-07'),
      instructions: 'Check every meter.\r\n',
      notes: 'Check every meter.\r\n',
      scraped_data: scraped,
    },
  })
  assert.deepEqual(order?.notes, [])
})

test('an order is kept where a date is none, a name is missing, or nothing but the id is there', () => {
  const [undated, unnamed, bare] = orders({
    jobs: [
      { ...ORDER, visits: { nextVisit: { date: '02/30/2025' } } },
      { ...ORDER, customer: { storeNumber: 33105 } },
      { id: 7 },
    ],
  })
  assert.equal(valuesOf(undated).scheduled_date, null)
  assert.deepEqual(notesOf(undated), ['DATE_UNREADABLE /jobs/0/visits/nextVisit/date'])
  const { site_name, store_number } = valuesOf(unnamed)
  assert.deepEqual([site_name, store_number], ['33105', '33105'])
  assert.deepEqual(notesOf(unnamed), ['SITE_UNNAMED /jobs/1'])
  assert.deepEqual([valuesOf(bare).id, valuesOf(bare).site_name], [`${USER}-7`, '7'])
})

test('what is no work order, or has no id, is quarantined at its place', () => {
  const { id: _, ...nameless } = ORDER
  assert.deepEqual(placesOf(orders({ workOrders: [nameless, null, 'W-1', [ORDER], ORDER] })), [
    '/workOrders/0 ID_MISSING',
    '/workOrders/1 SHAPE_UNKNOWN',
    '/workOrders/2 SHAPE_UNKNOWN',
    '/workOrders/3 SHAPE_UNKNOWN',
    '/workOrders/4 work_orders',
  ])
  const keyed = orders({ workOrders: { 'W-1/a~b\0': nameless } })
  assert.deepEqual(placesOf(keyed), ['/workOrders/W-1~1a~0b~u0000 work_orders'])
})

test('the file is also kept whole, with the digest of its bytes; the previous one only so', () => {
  for (const name of ['scraped_content.json', 'scraped_content.previous.json']) {
    const [copy, ...rest] = mapFile(name, { workOrders: [ORDER], metadata: {} }, userWith())
    assert.equal(rowOf(copy).table, 'user_scraped_content')
    assert.equal(valuesOf(copy).content_type, name.replace('.json', ''))
    assert.match(String(valuesOf(copy).checksum), /^[0-9a-f]{64}$/)
    assert.deepEqual(valuesOf(copy).content, { workOrders: [ORDER], metadata: {} })
    assert.equal(rest.length, name === 'scraped_content.json' ? 1 : 0)
  }
})

test('a file without jobs is quarantined, and its copy stands at another place', () => {
  const mappings = mapFile('scraped_content.json', { other: [ORDER] })
  assert.deepEqual(placesOf(mappings), ['#copy user_scraped_content', ' SHAPE_UNKNOWN'])
})

test('members of Object.prototype are no members of a work order', () => {
  const hostile = JSON.parse('{"id":"W-1","__proto__":{"customer":"X"},"constructor":{"name":1}}')
  const [order] = orders({ workOrders: [hostile] })
  assert.equal(valuesOf(order).site_name, 'W-1')
  assert.deepEqual(valuesOf(order).scraped_data, hostile)
  assert.equal(get({}, 'constructor', 'name'), undefined)
})
