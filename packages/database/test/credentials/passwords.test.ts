import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DEFAULT_COST,
  hashAll,
  hashPassword,
  type PasswordCost,
  parseCost,
  verifyPassword,
} from '../../src/credentials/passwords.ts'

/** Far too weak for anything but a fast test. */
const FAST: PasswordCost = { memory: 8, passes: 1, parallelism: 1 }

test('a hash is a PHC string of its cost, and only its password fits', async () => {
  const phc = await hashPassword('pässword\0 🙂')
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await verifyPassword(phc, 'pässword\0 🙂'), true)
  assert.equal(await verifyPassword(phc, 'pässword'), false)
  assert.notEqual(await hashPassword('', FAST), await hashPassword('', FAST))
})

test('hashes that others made are verified at their own cost', async () => {
  // of https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c
  const hash = Buffer.from(
    '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
    'hex',
  )
  const phc = `$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$${hash.toString('base64').slice(0, 43)}`
  assert.equal(await verifyPassword(phc, 'password'), true)
  assert.equal(await verifyPassword(phc, 'passwore'), false)
})

test('what is no argon2id hash, or one of an absurd cost, fits no password', async () => {
  const phc = await hashPassword('x', FAST)
  for (const wrong of [
    '',
    'x',
    phc.replace('argon2id', 'argon2i'),
    phc.replace('v=19', 'v=16'),
    phc.replace('m=8', 'm=4194305'),
    phc.replace('t=1', 't=1025'),
    phc.replace('t=1', 't=0'),
    phc.replace('p=1', 'p=2'),
    phc.slice(0, -30),
    `${phc}=`,
    `${phc}\n`,
  ]) {
    assert.equal(await verifyPassword(wrong, 'x'), false, wrong)
  }
})

test('many are hashed in their order and told as they are done', async () => {
  const passwords = Array.from({ length: 40 }, (_, at) => `password ${at}`)
  const told: number[] = []
  const hashes = await hashAll(passwords, {
    cost: FAST,
    signal: new AbortController().signal,
    onDone: (done) => told.push(done),
  })
  assert.deepEqual(
    told,
    passwords.map((_, at) => at + 1),
  )
  for (const [at, phc] of hashes.entries()) {
    assert.equal(await verifyPassword(phc, `password ${at}`), true)
  }
})

test('hashing stops at the signal', async () => {
  const stop = new AbortController()
  const reason = new Error('stopped')
  let last = 0
  const onDone = (done: number): void => {
    last = done
    if (done === 5) stop.abort(reason)
  }
  const passwords = Array.from({ length: 10_000 }, () => 'x')
  await assert.rejects(hashAll(passwords, { cost: FAST, signal: stop.signal, onDone }), reason)
  assert.ok(last < 10_000)
})

test('a cost as strong as any of OWASP’s is taken, a weaker one is not', async () => {
  assert.deepEqual(parseCost('m=19456,t=2,p=1'), DEFAULT_COST)
  const taken = ['m=47104,t=1,p=1', 'm=12288,t=3,p=1', 'm=9216,t=4,p=1', 'm=7168,t=5,p=1']
  for (const text of taken) assert.ok(parseCost(text))
  for (const text of [
    'm=19456,t=1,p=1',
    'm=7167,t=9,p=1',
    'm=7168,t=4,p=1',
    'm=19456,t=2,p=0',
    'm=9999999,t=2,p=1',
    'm=19456,t=2',
    '19456',
  ]) {
    assert.throws(() => parseCost(text), { code: 'USAGE' }, text)
  }
})
