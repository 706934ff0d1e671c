import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fit } from '../../../src/v1/map/fit.ts'
import { fateOf, mapFile, notesOf, placesOf, rowOf, USER, userWith, valuesOf } from './support.ts'

const PUMP = {
  title: '1/2 - Regular, Plus - Pumpwright',
  serial: 'PW-0001',
  make: 'Pumpwright',
  model: 'PW-500',
  fields: {
    'Dispenser Number': '1/2',
    Grade: 'Regular, Plus',
    'Number of Nozzles (per side)': '2',
    'Meter Type': 'Electronic',
  },
}
const store = (value: unknown, ...orders: string[]) =>
  mapFile('dispenser_store.json', value, userWith(...orders))
const entry = (dispensers: unknown) => ({
  dispenserData: { 'W-1': { visitId: 12, timestamp: '2025-05-07T19:20:00Z', dispensers } },
})

test('an entry is one row, whole, and each of its dispensers another where the order is there', () => {
  const value = entry([PUMP])
  const [data, pump] = store(value, 'W-1')
  const whole = value.dispenserData['W-1']
  assert.deepEqual(rowOf(data), {
    table: 'user_dispenser_data',
    userId: USER,
    identity: 'W-1',
    values: {
      user_id: USER,
      work_order_id: 'W-1',
      visit_id: '12',
      dispenser_data: whole,
      meta_data: { timestamp: whole.timestamp },
    },
  })
  assert.equal(pump?.record.position, '/dispenserData/W-1/dispensers/0')
  assert.deepEqual(rowOf(pump), {
    table: 'dispensers',
    userId: USER,
    identity: `${USER}-W-1/1~12`,
    values: {
      id: `${USER}-W-1/1~12`,
      work_order_id: `${USER}-W-1`,
      dispenser_number: '1/2',
      dispenser_type: null,
      fuel_grades: ['Regular', 'Plus'],
      status: null,
      form_data: PUMP,
      make: 'Pumpwright',
      model: 'PW-500',
      serial_number: 'PW-0001',
      meter_type: 'Electronic',
      number_of_nozzles: '2',
    },
  })
})

test('without the order its dispensers stay in the row of the entry, and a note says so', () => {
  const mappings = store(entry([PUMP, PUMP]), 'W-2')
  assert.deepEqual(placesOf(mappings), ['/dispenserData/W-1 user_dispenser_data'])
  assert.deepEqual(notesOf(...mappings), ['NO_WORK_ORDER /dispenserData/W-1'])
  assert.deepEqual(notesOf(...store(entry([]))), [])
})

test("a dispenser's number is its own, its title's beginning or its serial; ids stay apart", () => {
  const { fields: _, ...old } = PUMP
  const dispensers = [
    old,
    old,
    { ...old, serial: 'PW-0002' },
    { ...old, serial: null },
    { dispenserNumber: 7, fuelTypes: ['Diesel'], status: 'active' },
    { title: 'The one behind the car wash', serial: 'PW-9' },
    { model: 'PW-500' },
    'pump',
  ]
  const [, ...pumps] = store(entry(dispensers), 'W-1')
  const rows = pumps.slice(0, 6).map(valuesOf)
  assert.deepEqual(
    rows.map(({ dispenser_number }) => dispenser_number),
    ['1/2', '1/2', '1/2', '1/2', '7', 'PW-9'],
  )
  assert.deepEqual(
    rows.map(({ id }) => String(id).slice(USER.length)),
    ['1~12', '1~12/PW-0001', '1~12/PW-0002', '1~12//2', '7', 'PW-9'].map((key) => `-W-1/${key}`),
  )
  assert.deepEqual(rows[4]?.fuel_grades, ['Diesel'])
  assert.deepEqual(placesOf(pumps.slice(6)), [
    '/dispenserData/W-1/dispensers/6 ID_MISSING',
    '/dispenserData/W-1/dispensers/7 SHAPE_UNKNOWN',
  ])
})

test('the older list holds dispensers that name their order, or are quarantined', () => {
  const lone = { id: 'D-1', workOrderId: 'W-1', dispenserNumber: '1' }
  const dispensers = [lone, { ...lone, workOrderId: 'W-2' }, { id: 'D-2' }, 3]
  const mappings = store({ dispensers }, 'W-1')
  assert.deepEqual(placesOf(mappings), [
    '/dispensers/0 dispensers',
    '/dispensers/1 WORK_ORDER_UNKNOWN',
    '/dispensers/2 ID_MISSING',
    '/dispensers/3 SHAPE_UNKNOWN',
  ])
  assert.equal(valuesOf(mappings[0]).id, `${USER}-W-1//D-1`)
})

test('no two dispensers of the older list share an id, however they are spelled', () => {
  const dispensers = [
    { workOrderId: 'W-1', number: '2-3' },
    { workOrderId: 'W-1-2', number: '3' },
    { workOrderId: 'W-1', number: '2/3' },
    { workOrderId: 'W-1/2', number: '3' },
    { workOrderId: 'W-1', number: '2~13' },
    { workOrderId: 'W-1', number: '2', serial: '3' },
    { workOrderId: 'W-1', number: '2', serial: '4' },
    { workOrderId: 'W-1', number: '2' },
    { workOrderId: 'W-1', id: '2', number: '9' },
  ]
  const rows = store({ dispensers }, 'W-1', 'W-1-2', 'W-1/2').map(rowOf)
  const ids = new Set(rows.map(({ values }) => values.id))
  assert.equal(ids.size, dispensers.length)
  for (const { identity, values } of rows) assert.equal(identity, values.id)
})

test('an id that no index takes is too long', () => {
  const dispensers = [{ id: 'x'.repeat(6_000), workOrderId: 'W-1', number: '1' }]
  const fates = store({ dispensers }, 'W-1').map((mapping) => fateOf(fit(mapping)))
  assert.deepEqual(fates, ['VALUE_TOO_LONG'])
})

test('entries of a wrong shape are quarantined, with what stands where dispensers should', () => {
  const dispenserData = { 'W-1': { dispensers: 'two' }, 'W-2': 'two', ' ': {}, 'W-3': [PUMP] }
  assert.deepEqual(placesOf(store({ dispenserData }, 'W-1', 'W-3')), [
    '/dispenserData/W-1 user_dispenser_data',
    '/dispenserData/W-1/dispensers SHAPE_UNKNOWN',
    '/dispenserData/W-2 SHAPE_UNKNOWN',
    '/dispenserData/  ID_MISSING',
    '/dispenserData/W-3 user_dispenser_data',
    '/dispenserData/W-3/0 dispensers',
  ])
})
