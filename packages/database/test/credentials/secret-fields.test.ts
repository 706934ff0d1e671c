import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSealed, seal } from '../../src/credentials/cipher.ts'
import { findSecrets } from '../../src/credentials/find-secrets.ts'
import { fieldKeys } from '../../src/credentials/keys.ts'
import {
  isSecretName,
  mapSecrets,
  openJson,
  sealJson,
} from '../../src/credentials/secret-fields.ts'
import { mayHoldSecrets } from '../../src/credentials/secret-names.ts'
import { testRing } from '../support/keys.ts'

const keys = fieldKeys(await testRing('53e02f4a'))
const place = { table: 'user_preferences', column: 'settings', row: 'ann/pushover' }

test('whole names of secrets are known in every spelling, and nothing else is', () => {
  const secret = `password Passwd pwd pass passphrase secret token appToken app_token api-token
    accessToken refresh_token authToken userKey USER_KEY apiKey x-api-key clientSecret smtpPassword
    smtp.pass oldPassword Authorization pushover_key pushoverKey encryptionKey signingKey sessionKey
    api_key_value password1 password_2 passwordConfirm confirm_password pin pinCode cookie sessionCookie
    bearer clientSecretValue smtppassword APIKey private-key resetToken pw smtp_pw userPw`
  const other = `passed bypass tokens maxTokens keyboard key hotkey secretary passwordHash
    password_hash username email sound tokenCount hasPassword has_token isSecret forgotPassword hasPw user
    forgotpassword needsPassword acceptCookies mapPin boardingPass firstPass publicKey primary_key
    accountKey passwordless passwordResetAt shipping author authorizationDate spinner`
  for (const name of secret.split(/\s+/)) assert.equal(isSecretName(name), true, name)
  for (const name of other.split(/\s+/)) assert.equal(isSecretName(name), false, name)
})

test('some are known by what stands beside them, and by what they are', () => {
  const secrets = (json: unknown) => {
    const found: unknown[] = []
    mapSecrets(json, (value) => found.push(value))
    return found
  }
  const pair = [
    { name: 'password', value: 'p' },
    { name: 'color', value: 'red' },
    { key: 'pin', value: 1 },
  ]
  assert.deepEqual(secrets(pair), ['p', 1])
  assert.deepEqual(secrets({ auth: 'Basic x', credentials: { user: 'ann', password: 'p' } }), [
    'Basic x',
    'p',
  ])
  assert.deepEqual(secrets({ auth: 1, credentials: { service: 'x' } }), [])
  const url = 'smtp://ann:p@mail:25'
  assert.deepEqual(secrets({ url, other: 'https://host:8080/a@b', mail: 'to:x@y' }), [url])
  const inside = JSON.stringify({ smtp: { password: 'p' } })
  assert.deepEqual(secrets([inside, JSON.stringify({ a: 1 }), JSON.stringify(inside)]), [
    inside,
    JSON.stringify(inside),
  ])
  const json = { config: inside, url, pair, auth: 'Basic x' }
  assert.deepEqual(openJson(sealJson(json, place, keys), place, keys), json)
})

test('secrets are found at every depth, with their pointers', () => {
  const json = {
    userKey: 'k1',
    'a/b~c': [{ password: 'k2' }, { password: '' }, { password: null }],
    smtp: { user: 'ann', secret: { parts: ['k3', 4, true], note: 'k5' } },
    title: 'password',
    enabled: true,
  }
  const found: [string, unknown][] = []
  const masked = mapSecrets(json, (value, pointer) => {
    found.push([pointer, value])
    return '•'
  })
  assert.deepEqual(found, [
    ['/userKey', 'k1'],
    ['/a~1b~0c/0/password', 'k2'],
    ['/smtp/secret/parts/0', 'k3'],
    ['/smtp/secret/parts/1', 4],
    ['/smtp/secret/note', 'k5'],
  ])
  assert.deepEqual(masked, {
    userKey: '•',
    'a/b~c': [{ password: '•' }, { password: '' }, { password: null }],
    smtp: { user: 'ann', secret: { parts: ['•', '•', true], note: '•' } },
    title: 'password',
    enabled: true,
  })
  assert.equal(json.userKey, 'k1')
})

/** JSON with names of secrets, and with those that harm careless code. */
const anyName = fc.oneof(
  fc.constantFrom(
    'password',
    'userKey',
    '__proto__',
    'constructor',
    'a/b',
    '~',
    'auth',
    'name',
    'value',
  ),
  fc.string(),
)
const { json: anyJson } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('password', 'ftp://a:b@c', '{"token": "x"}', 'enc:v1:12345678:'),
      fc.double({ noNaN: true }),
      fc.constant(null),
    ),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(anyName, tie('json')), { maxLength: 5 })
      .map((members) => JSON.parse(JSON.stringify(Object.fromEntries(members)))),
  ),
}))

test('any JSON comes back as it was, and none of its secrets stands in what is stored', () => {
  fc.assert(
    fc.property(anyJson, (json) => {
      const before = JSON.stringify(json)
      const sealed = sealJson(json, place, keys)
      mapSecrets(sealed, (value) => assert.ok(parseSealed(String(value))))
      const spans = findSecrets(JSON.stringify(sealed)) ?? []
      const pointers: string[] = []
      mapSecrets(sealed, (_value, pointer) => pointers.push(pointer))
      assert.deepEqual(
        spans.map(({ pointer }) => pointer),
        pointers,
        'in a text the same ones are found',
      )
      assert.deepEqual(sealJson(sealed, place, keys), sealed)
      const stored = JSON.parse(JSON.stringify(sealed))
      assert.equal(JSON.stringify(openJson(stored, place, keys)), before)
      assert.equal(JSON.stringify(json), before)
    }),
  )
})

test('a secret moved within the JSON or to another row does not open', () => {
  const json = sealJson({ userKey: 'k1', appToken: 'k2' }, place, keys) as Record<string, string>
  const swapped = { userKey: json.appToken, appToken: json.userKey }
  const there = { ...place, row: 'bob/pushover' }
  assert.throws(
    () => openJson(swapped, place, keys),
    /"?user_preferences\.settings#\/userKey of "ann\/pushover"/,
  )
  assert.throws(() => openJson(json, there, keys), { code: 'CREDENTIAL_UNREADABLE' })
  // from outside, it is what somebody chose
  const chosen = sealJson(swapped, place, keys)
  assert.deepEqual(openJson(chosen, place, keys), swapped)
  assert.deepEqual(openJson({ userKey: 'in clear' }, place, keys), { userKey: 'in clear' })
})

test('what is sealed and no JSON text is refused without telling it', () => {
  const at = { ...place, column: 'settings#/userKey' }
  const json = { userKey: seal('hunter2', at, keys) }
  assert.throws(() => openJson(json, place, keys), {
    code: 'CREDENTIAL_UNREADABLE',
    message: /^(?!.*hunter2)/,
  })
})

test('a document under a secret name is one secret', () => {
  const named = { table: 'global_settings', column: 'setting_value', row: 'appToken' }
  const setting = { ...named, name: 'appToken' }
  const sealed = sealJson('hunter2', setting, keys)
  assert.match(String(sealed), /^enc:v1:/)
  assert.equal(openJson(sealed, setting, keys), 'hunter2')
  assert.equal(sealJson('hunter2', { ...named, name: 'theme' }, keys), 'hunter2')
})

test('the user of Pushover is a secret, and no other user', () => {
  const pushover = { ...place, name: 'pushover' }
  const settings = { user: 'k1', devices: [{ user: 'k2', on: true }], users: 2 }
  const sealed = sealJson(settings, pushover, keys)
  assert.doesNotMatch(JSON.stringify(sealed), /"k\d"/)
  assert.deepEqual(openJson(sealed, pushover, keys), settings)
  assert.equal(sealJson(settings, { ...place, name: 'email' }, keys), settings)

  const nested = JSON.stringify({ user: 'ann', pushoverSettings: { user: 'k3', app: 'x' } })
  for (const [text, name, expected] of [
    [nested, 'notification', ['/pushoverSettings/user']],
    [JSON.stringify(settings), 'pushover', ['/user', '/devices/0/user']],
    [JSON.stringify(settings), 'email', []],
  ] as const) {
    const pointers: string[] = []
    mapSecrets(JSON.parse(text), (_, pointer) => pointers.push(pointer), false, name)
    assert.deepEqual(pointers, expected)
    const spans = findSecrets(text, false, name) ?? []
    assert.deepEqual(
      spans.map(({ pointer }) => pointer),
      expected,
    )
    assert.equal(mayHoldSecrets(text, name), expected.length > 0)
  }
})

test('prototypes and depth do no harm, and what holds no secret is not copied', () => {
  const hostile = JSON.parse(
    '{"__proto__":{"password":"k"},"constructor":{"prototype":{"token":1}}}',
  )
  const sealed = sealJson(hostile, place, keys) as object
  assert.deepEqual(Object.keys(sealed), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(sealed), Object.prototype)
  assert.equal('password' in {}, false)
  assert.deepEqual(openJson(sealed, place, keys), hostile)

  const deep = JSON.parse(`${'{"a":['.repeat(1000)}{"password":"k"}${']}'.repeat(1000)}`)
  const back = openJson(sealJson(deep, place, keys), place, keys)
  assert.equal(JSON.stringify(back), JSON.stringify(deep))

  const plain = { stores: [{ id: 1 }, { id: 2 }], none: { password: '' } }
  assert.equal(sealJson(plain, place, keys), plain)
})
