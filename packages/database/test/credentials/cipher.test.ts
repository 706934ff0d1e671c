import assert from 'node:assert/strict'
import { createCipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { open, parseSealed, type SealPlace, seal } from '../../src/credentials/cipher.ts'
import { fieldKeys } from '../../src/credentials/keys.ts'
import { testRing } from '../support/keys.ts'

const OLD = '53e02f4a'
const NEW = '2860f73c'
const ring = await testRing(NEW, OLD)
const keys = fieldKeys(ring)
const old = fieldKeys(await testRing(OLD))
const place: SealPlace = { table: 'user_credentials', column: 'encrypted_password', row: 'ann/x' }

const anyText = fc.string({ unit: 'binary' })
const anyPlace = fc.record({ table: anyText, column: anyText, row: anyText })

test('every text comes back at its place, what looks sealed too', () => {
  fc.assert(
    fc.property(anyText, anyPlace, (plain, at) => {
      const once = seal(plain, at, keys)
      const twice = seal(once, at, keys)
      assert.deepEqual(parseSealed(once), { keyId: NEW })
      assert.equal(open(once, at, keys), plain)
      assert.equal(open(open(twice, at, keys), at, keys), plain)
      assert.notEqual(seal(plain, at, keys), once)
    }),
  )
})

test('it opens at no other place', () => {
  fc.assert(
    fc.property(anyText, anyPlace, anyPlace, (plain, at, other) => {
      fc.pre(inspect(at) !== inspect(other))
      assert.throws(() => open(seal(plain, at, keys), other, keys), {
        code: 'CREDENTIAL_UNREADABLE',
      })
    }),
  )
  const shifted = { ...place, table: 'user_credentialse', column: 'ncrypted_password' }
  assert.throws(() => open(seal('x', place, keys), shifted, keys), {
    code: 'CREDENTIAL_UNREADABLE',
  })
})

test('whatever is altered, cut off or added does not open, and is not taken for plain', () => {
  const sealed = seal('a secret of some length', place, keys)
  const start = `enc:v1:${NEW}:`.length
  const other = (char: string): string => (char === 'A' ? 'B' : 'A')
  const refused = (text: string): void => {
    assert.throws(() => open(text, place, keys), { code: 'CREDENTIAL_UNREADABLE' }, text)
  }
  for (let at = start; at < sealed.length; at++) {
    const char = sealed[at] as string
    refused(sealed.slice(0, at) + other(char) + sealed.slice(at + 1))
    refused(sealed.slice(0, at))
    refused(`${sealed.slice(0, at)}A${sealed.slice(at)}`)
  }
  for (const more of ['A', ':', '=', '\n', ' ']) refused(sealed + more)
  // the same bytes in another spelling: the last character has four bits that say nothing
  const tail = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spelled = tail[tail.indexOf(sealed.at(-1) as string) + 1] as string
  refused(sealed.slice(0, -1) + spelled)
  // four bytes of the tag
  refused(sealed.slice(0, -16))
})

test('only what begins as ours is ours', () => {
  for (const text of ['', 'enc:', 'enc:v1:hunter2', 'enc:v1:2860F73C:a:b:c', ' enc:v1:2860f73c:']) {
    assert.equal(parseSealed(text), null, text)
    assert.throws(() => open(text, place, keys), {
      code: 'CREDENTIAL_UNREADABLE',
      hint: /encrypt-credentials/,
    })
  }
})

test('the primary key seals, the others open, a missing one is named, and no message tells more', () => {
  const sealed = seal('hunter2', place, keys)
  const before = seal('hunter2', place, old)
  assert.equal(open(before, place, keys), 'hunter2')
  assert.throws(
    () => open(sealed, place, old),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'KEY_MISSING')
      assert.match(error.message, /user_credentials\.encrypted_password of "ann\/x".*2860f73c/)
      return true
    },
  )
  // the key's id is bound too
  const renamed = before.replace(OLD, NEW)
  assert.throws(
    () => open(renamed, place, keys),
    (error: Error) => {
      const [, , , , body = ''] = renamed.split(':')
      assert.match(error.message, /user_credentials\.encrypted_password of "ann\/x"/)
      assert.ok(!inspect(error, { depth: null }).includes(body))
      return true
    },
  )
  assert.equal(fieldKeys(ring), keys)
  assert.ok(!inspect(keys, { depth: null, showHidden: true }).includes('Buffer'))
})

test('the format is the documented one', () => {
  const masterKey = Uint8Array.from({ length: 32 }, (_, at) => at)
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'fossawork field v1', 32))
  const nonce = Buffer.alloc(12, 7)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  cipher.setAAD(Buffer.from('6:enc:v18:53e02f4a16:user_credentials18:encrypted_password5:ann/x'))
  const body = Buffer.concat([cipher.update('hunter2'), cipher.final()])
  const parts = [nonce, body, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  assert.equal(open(`enc:v1:53e02f4a:${parts.join(':')}`, place, keys), 'hunter2')
})
