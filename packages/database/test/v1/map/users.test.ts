import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapUsers, userIdOf } from '../../../src/v1/map/users.ts'
import { notesOf, placesOf, valuesOf } from './support.ts'

const FILE = 'users/users.json'
const KIM = userIdOf('kim@example.com')

test('a user is mapped with all that V1 knows, the password only where it is hashed', () => {
  const id = '4bffe9dce8d00a0e3c1f92e5ddbe9ce0'
  const plan = mapUsers(FILE, [
    {
      id,
      email: ' Robin.Hale@Example.com ',
      password: 'demo-password-1 ',
      label: 'Robin Hale',
      friendlyName: 'Robin',
      configuredEmail: 'robin.alerts@example.com',
      lastUsed: '2025-04-14T16:05:30.250Z',
      notificationSettings: '{"enabled":true}',
      preferences: { showAdded: true },
      isTutorial: false,
      homeBase: 'Larkspur',
    },
  ])
  const userId = userIdOf('robin.hale@example.com')
  assert.deepEqual(valuesOf(plan.mappings[0]), {
    id: userId,
    email: 'Robin.Hale@Example.com',
    password_hash: 'demo-password-1 ',
    label: 'Robin Hale',
    friendly_name: 'Robin',
    configured_email: 'robin.alerts@example.com',
    last_used: new Date('2025-04-14T16:05:30.250Z'),
    notification_settings: { enabled: true },
    preferences_json: { showAdded: true, v1: { homeBase: 'Larkspur' } },
  })
  assert.deepEqual(plan.users[0]?.folderIds, [userId, id])
  assert.deepEqual(notesOf(...plan.mappings), ['USER_ID_REPLACED /0/id'])
  assert.match(plan.mappings[0]?.notes[0]?.message ?? '', /a user under the old id, it stays/)
})

test("the id is the e-mail's MD5, whatever its case and the space around it", () => {
  // echo -n hello@example.com | md5sum
  assert.equal(userIdOf(' Hello@Example.com '), 'cb8419c1d471d55fbca0d63d1fb2b6ac')
})

test('an object by id is read as a list is, an old id finds the folder, and hostile ids only compare', () => {
  const plan = mapUsers(FILE, {
    '../../etc': { email: 'ann@example.com' },
    main: { email: 'bob@example.com', password: 7 },
    __proto__x: { email: 'no address' },
  })
  const [ann, bob] = [userIdOf('ann@example.com'), userIdOf('bob@example.com')]
  assert.deepEqual(
    plan.users.map(({ folderIds }) => folderIds),
    [
      [ann, '../../etc'],
      [bob, 'main'],
    ],
  )
  assert.equal(plan.owners.get('main'), bob)
  assert.equal(valuesOf(plan.mappings[1]).password_hash, '7')
  assert.deepEqual(placesOf(plan.mappings).slice(2), ['/__proto__x EMAIL_MISSING'])
})

test('of two e-mails that differ in case the later use counts, and the other is merged into it', () => {
  const plan = mapUsers(FILE, [
    {
      id: 'old',
      email: 'KIM@example.com',
      password: 'demo-password-3',
      lastUsed: '2024-11-02T09:00:00Z',
    },
    { id: KIM, email: 'kim@example.com', password: 'demo-password-4', lastUsed: '04/10/2025' },
    { id: 'lost', email: 'Kim@example.com', lastUsed: 'never' },
    { id: 'long', email: 'kim@Example.com', lastUsed: '2026-01-01', label: 'x'.repeat(256) },
  ])
  assert.deepEqual(placesOf(plan.mappings), [
    '/1 users',
    '/0 users',
    '/2 users',
    '/3 VALUE_TOO_LONG',
  ])
  assert.deepEqual(
    plan.mappings.map((mapping) => 'row' in mapping && (mapping.merged ?? false)),
    [false, true, true, false],
  )
  assert.deepEqual(plan.users, [
    { userId: KIM, folderIds: [KIM, 'old', 'lost', 'long'], email: 'kim@example.com' },
  ])
  const codes = notesOf(plan.mappings[1], plan.mappings[2])
  assert.equal(codes.filter((code) => code.startsWith('USERS_MERGED')).length, 2)
  assert.ok(codes.includes('DATE_UNREADABLE /2/lastUsed'))
})

test("a folder is one user's: an MD5 its address's, another id the first's who names it", () => {
  const plan = mapUsers(FILE, [
    { id: KIM, email: 'ann@example.com' },
    { id: 'main', email: 'bob@example.com' },
    { id: 'main', email: 'kim@example.com' },
    { id: 'tour', email: 'tour@example.com', isTutorial: true },
    { id: 'tour', email: 'eve@example.com' },
  ])
  assert.deepEqual(
    plan.users.map(({ folderIds }) => folderIds.slice(1)),
    [[], ['main'], [], []],
  )
  assert.equal(plan.owners.get(KIM), KIM)
  assert.deepEqual([...plan.tutorials], ['tutorial', 'tour'])
})

test('the demo user goes to tutorial_data without a password, never to users', () => {
  const plan = mapUsers(FILE, [
    { id: 'tutorial', email: 'demo@example.com', password: 'demo-password-5' },
  ])
  assert.deepEqual(plan.users, [])
  assert.deepEqual(valuesOf(plan.mappings[0]), {
    data_type: 'user',
    data: { id: 'tutorial', email: 'demo@example.com' },
  })
})

test('what cannot be read is left empty and told, and no password reaches another column', () => {
  const password = { plain: 'demo-password-6' }
  const preferences = `{"nested": ${'['.repeat(900)}${']'.repeat(900)}}`
  const plan = mapUsers(FILE, [
    {
      email: 'ann@example.com',
      password,
      label: ['Ann'],
      preferences,
      notificationSettings: '{"a',
    },
    'bob@example.com',
    { email: 'carl' },
    { email: null },
  ])
  const [ann] = plan.mappings
  const { password_hash, preferences_json, notification_settings } = valuesOf(ann)
  assert.deepEqual([password_hash, notification_settings], [null, null])
  assert.deepEqual(preferences_json, { v1: { label: ['Ann'] } })
  assert.deepEqual(notesOf(ann).sort(), [
    'SETTINGS_UNREADABLE /0/notificationSettings',
    'SETTINGS_UNREADABLE /0/preferences',
    'VALUE_UNREADABLE /0/password',
  ])
  assert.doesNotMatch(JSON.stringify([valuesOf(ann), ann?.notes]), /demo-password/)
  assert.deepEqual(placesOf(plan.mappings).slice(1), [
    '/1 SHAPE_UNKNOWN',
    '/2 EMAIL_MISSING',
    '/3 EMAIL_MISSING',
  ])
})

test('a file that holds no users is quarantined as one', () => {
  assert.deepEqual(placesOf(mapUsers(FILE, 'users').mappings), [' SHAPE_UNKNOWN'])
})
