import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { bech32 } from '@scure/base'
import { tempFolder } from '../../../../test/support/databases.ts'
import { ageIdentity, ageRecipient } from '../../src/keys/age.ts'
import { deriveBytes } from '../../src/keys/derive.ts'
import { generateMasterKey, type MasterKey, parseMasterKey } from '../../src/keys/master-key.ts'
import { LACKS_AGE, printed } from '../backup/tools.ts'

/** The bytes 0 to 31. */
const KNOWN = bech32.encodeFromBytes(
  'migrate-key-',
  Uint8Array.from({ length: 32 }, (_, at) => at),
)

function parsed(text: string): MasterKey {
  const key = parseMasterKey(text)
  if ('problem' in key) throw new Error(key.problem)
  return key
}

test('a key comes back from its text, in upper case too, with the same id', () => {
  const key = generateMasterKey()
  const text = key.text.reveal()
  assert.match(text, /^migrate-key-1[02-9ac-hj-np-z]{58}$/)
  assert.match(key.id, /^[0-9a-f]{8}$/)
  for (const spelling of [text, text.toUpperCase()]) {
    assert.equal(parsed(spelling).id, key.id)
    assert.equal(parsed(spelling).text.reveal(), text)
  }
  assert.notEqual(generateMasterKey().id, key.id)
})

test('every wrong, missing, doubled or swapped character is noticed', () => {
  const text = KNOWN
  for (let at = 0; at < text.length; at++) {
    const [before, char, after] = [text.slice(0, at), text[at] as string, text.slice(at + 1)]
    const next = after[0] ?? ''
    const wrong = [...'acdefghjklmnpqrstuvwxyz023456789'].filter((other) => other !== char)
    const typos = [
      ...wrong.map((other) => before + other + after),
      before + after,
      before + char + char + after,
    ]
    if (next !== char) typos.push(before + next + char + after.slice(1))
    for (const typo of typos) {
      if (typo !== text) assert.ok('problem' in parseMasterKey(typo), typo)
    }
  }
})

test('what is no key says what it is, and is not repeated', () => {
  const cases: [string, RegExp][] = [
    ['hunter2', /does not begin with migrate-key-1/],
    [ageIdentity(generateMasterKey()), /is an age identity/],
    [bech32.encodeFromBytes('migrate-key-', new Uint8Array(16)), /not of 32 bytes/],
    [`${KNOWN} `, /a character that is wrong/],
  ]
  for (const [text, problem] of cases) {
    const result = parseMasterKey(text)
    assert.ok('problem' in result)
    assert.match(result.problem, problem)
    assert.ok(!result.problem.includes(text))
  }
})

test('a key does not show itself', () => {
  const key = generateMasterKey()
  const shown = `${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}${key.text}`
  assert.ok(!shown.includes(key.text.reveal()))
})

// worked out in Python and by age-keygen, from the same bytes
test('what is derived from a key never changes', () => {
  const key = parsed(KNOWN)
  assert.equal(key.id, '53e02f4a')
  assert.equal(
    deriveBytes(key, 'fossawork-migrate backup age v1').toString('hex'),
    'e2e6a5ac6c6e20e9e4d2e75a61cf08be9a0063abfa566f40ed8093366adb9f0a',
  )
  assert.equal(ageRecipient(key), 'age16mvjtddxdh9dvsdunxdv4pwdwp0y5ryyzj7nk6f7rgcwdmnfvg3st9sle6')
})

test('what is derived for one purpose says nothing of another', () => {
  const key = generateMasterKey()
  const keys = ['a v1', 'a v2', 'b v1'].map((purpose) => deriveBytes(key, purpose).toString('hex'))
  assert.equal(new Set(keys).size, 3)
  assert.equal(deriveBytes(key, 'a v1', 64).length, 64)
})

test('age-keygen tells the same recipient', { skip: LACKS_AGE }, async (t) => {
  const folder = await tempFolder(t)
  for (let count = 0; count < 5; count++) {
    const key = generateMasterKey()
    const file = join(folder, `${count}`)
    await writeFile(file, ageIdentity(key))
    assert.equal(printed('age-keygen', ['-y', file]).toString().trim(), ageRecipient(key))
  }
})
