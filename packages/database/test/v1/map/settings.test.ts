import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapSettings } from '../../../src/v1/map/settings.ts'
import { mapTutorialFile } from '../../../src/v1/map/tutorial.ts'
import { fateOf, mapFile, notesOf, placesOf, rowOf, USER, valuesOf, wholeOf } from './support.ts'

test('each global setting is a row, and the active user also a session', () => {
  const value = JSON.parse('{"activeUserId":"main","theme":null,"__proto__":{"a":1}}')
  const mappings = mapSettings('settings.json', value, (id) => (id === 'main' ? USER : undefined))
  assert.deepEqual(placesOf(mappings), [
    '/activeUserId global_settings',
    '#session user_sessions',
    '/theme global_settings',
    '/__proto__ global_settings',
  ])
  assert.deepEqual(valuesOf(mappings[1]), { user_id: USER, is_active: true })
  assert.deepEqual(valuesOf(mappings[3]), { setting_key: '__proto__', setting_value: { a: 1 } })
})

test('an active user whom nobody knows is told, and nobody becomes active', () => {
  const mappings = mapSettings('settings.json', { activeUserId: 'gone' }, () => undefined)
  assert.deepEqual(placesOf(mappings), ['/activeUserId global_settings'])
  assert.deepEqual(notesOf(...mappings), ['ACTIVE_USER_UNKNOWN /activeUserId'])
  assert.deepEqual(notesOf(...mapSettings('settings.json', { activeUserId: null }, () => USER)), [])
  assert.deepEqual(placesOf(mapSettings('settings.json', [], () => USER)), [' SHAPE_UNKNOWN'])
})

test('a file of preferences is one row of its category, whatever object it is', () => {
  const categories = {
    'email_settings.json': 'email',
    'pushover_settings.json': 'pushover',
    'notification_settings.json': 'notification',
    'work_week_preference.json': 'work_week',
    'prover_preferences.json': 'prover',
  }
  for (const [name, category] of Object.entries(categories)) {
    const settings = { userKey: 'demo-user-key' }
    const values = { user_id: USER, category, settings }
    assert.deepEqual(valuesOf(mapFile(name, settings)[0]), values)
    assert.deepEqual(placesOf(mapFile(name, 'text')), [' SHAPE_UNKNOWN'])
  }
})

test('provers are found in every shape, by every spelling of their id', () => {
  const prover = { prover_id: 'PR-1', serial: 'S-1', preferred_fuel_types: ['Plus'], priority: '2' }
  const week = { startDay: 1 }
  const [file, row] = mapFile('prover_preferences.json', {
    provers: [prover],
    workWeekPreference: week,
  })
  assert.equal(rowOf(file).table, 'user_preferences')
  assert.deepEqual(valuesOf(row), {
    user_id: USER,
    prover_id: 'PR-1',
    serial: 'S-1',
    make: null,
    preferred_fuel_type: null,
    preferred_fuel_types: ['Plus'],
    priority: 2,
    full_text: null,
    work_week_preference: week,
  })
  const rest = (value: unknown) => placesOf(mapFile('prover_preferences.json', value).slice(1))
  const nested = { preferences: { provers: [{ id: 1, preferredFuelTypes: [] }] } }
  assert.deepEqual(rest(nested), ['/preferences/provers/0 prover_settings'])
  assert.deepEqual(rest([{ serial: 'S-2' }, {}, 'S-3']), [
    '/0 prover_settings',
    '/1 ID_MISSING',
    '/2 SHAPE_UNKNOWN',
  ])
  assert.deepEqual(rest({ proverId: 'PR-2', priority: 'high' }), ['#prover prover_settings'])
  assert.deepEqual(rest({ provers: 'none' }), ['/provers SHAPE_UNKNOWN'])
  assert.deepEqual(rest({ provers: null, theme: 1 }), [])
})

test('credentials need a user name or an e-mail, and a password; no message tells either', () => {
  const [found] = mapFile('work_fossa_credentials.json', {
    username: '',
    email: 'r@example.com',
    password: 12,
  })
  assert.deepEqual(valuesOf(found), {
    user_id: USER,
    service_name: 'work_fossa',
    encrypted_username: 'r@example.com',
    encrypted_password: '12',
    is_active: true,
  })
  for (const value of [{ username: 'demo-secret' }, { password: 'demo-secret' }, {}]) {
    const [missing] = mapFile('work_fossa_credentials.json', value)
    assert.ok(missing && 'quarantine' in missing)
    assert.equal(fateOf(missing), 'VALUE_MISSING')
    assert.doesNotMatch(missing.quarantine.message, /demo-secret/)
  }
})

test("the demo user's files go to tutorial_data by their names, of any shape", () => {
  const names = {
    'a/scraped_content.previous.json': 'scraped_content.previous',
    'a/.notes': '.notes',
  }
  for (const [file, type] of Object.entries(names)) {
    const [row] = mapTutorialFile(wholeOf(file, ['x']))
    assert.deepEqual(valuesOf(row), { data_type: type, data: ['x'] })
  }
  const [text] = mapTutorialFile(wholeOf('a/schedule_changes.txt', undefined, 'Nothing new'))
  assert.deepEqual(valuesOf(text), { data_type: 'schedule_changes', data: 'Nothing new' })
})
