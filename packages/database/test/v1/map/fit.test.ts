import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanText } from '../../../src/v1/map/clean.ts'
import { fit } from '../../../src/v1/map/fit.ts'
import type { Mapping } from '../../../src/v1/record.ts'
import { notesOf, rowOf, USER, valuesOf } from './support.ts'

const record = { file: 'f.json', position: '/0', value: {} }
const mapping = (table: string, values: Record<string, unknown>, identity = 'x'): Mapping => ({
  record,
  notes: [],
  row: { table, userId: USER, identity, values },
})
const job = (values: Record<string, unknown>) =>
  mapping('user_completed_jobs', { user_id: USER, job_id: 'W-1', ...values })
const whyNot = (mapping: Mapping) => {
  const fitted = fit(mapping)
  assert.ok('quarantine' in fitted)
  return fitted.quarantine
}

test('a text too long for its column is quarantined, counted in characters, and never shown', () => {
  const face = '😀'
  assert.ok('row' in fit(job({ removal_reason: face.repeat(255) })))
  assert.deepEqual(whyNot(job({ removal_reason: face.repeat(256) })), {
    code: 'VALUE_TOO_LONG',
    message: '256 characters, where 255 are the limit, for user_completed_jobs.removal_reason.',
  })
})

test('a required value that is missing is quarantined by its column, with the notes so far', () => {
  const note = { code: 'DATE_UNREADABLE', message: '', ...record } as const
  for (const job_id of [null, undefined]) {
    const fitted = fit({ ...job({ job_id }), notes: [note] })
    assert.ok('quarantine' in fitted)
    assert.equal(fitted.quarantine.code, 'VALUE_MISSING')
    assert.match(fitted.quarantine.message, /user_completed_jobs\.job_id/)
    assert.deepEqual(fitted.notes, [note])
  }
})

test('an integer beyond 32 bits is quarantined', () => {
  const prover = (priority: number) =>
    mapping('prover_settings', { user_id: USER, prover_id: 'P', priority })
  assert.ok('row' in fit(prover(2 ** 31 - 1)))
  assert.ok('row' in fit(prover(-(2 ** 31))))
  for (const priority of [2 ** 31, -(2 ** 31) - 1]) {
    assert.equal(whyNot(prover(priority)).code, 'VALUE_OUT_OF_RANGE')
  }
})

test('what no database keeps is replaced in text, JSON and identity, with one note', () => {
  const dirty = mapping(
    'user_completed_jobs',
    { user_id: USER, job_id: 'W-\0', job_data: { 'a\0': ['\ud800', { ok: 1 }] } },
    'W-\0',
  )
  const fitted = fit(dirty)
  assert.equal(rowOf(fitted).identity, 'W-\uFFFD')
  assert.equal(valuesOf(fitted).job_id, 'W-\uFFFD')
  assert.deepEqual(valuesOf(fitted).job_data, { 'a\uFFFD': ['\uFFFD', { ok: 1 }] })
  assert.deepEqual(notesOf(fitted), ['TEXT_CLEANED /0'])
  assert.equal(fit(fitted), fitted)
})

test('a password stays as it is', () => {
  const secret = { encrypted_username: 'r', encrypted_password: 'a\0b', service_name: 's' }
  const credentials = mapping('user_credentials', { user_id: USER, ...secret })
  assert.equal(fit(credentials), credentials)
})

test('a column that the table has not is a mistake of ours', () => {
  assert.throws(() => fit(job({ constructor: 1 })), /user_completed_jobs has no column constructor/)
})

test('two keys that become one both stay', () => {
  const cleaned = cleanText({ 'a\0': 1, 'a\ud800': 2, 'a\uFFFD': 3 })
  assert.deepEqual(Object.values(cleaned).sort(), [1, 2, 3])
  assert.ok(!JSON.stringify(cleaned).includes('u0000'))
})

test('any JSON is as it was, or without what no database keeps', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '😀', '\\u0000', '\0', '\ud83d', '\ude00') })
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof({ maxDepth: 3 }, text, fc.array(tie('json')), fc.dictionary(text, tie('json'))),
  }))
  const unkept = /\\u0000|\\ud[89a-f]/
  const written = (value: unknown) => JSON.stringify(value).replaceAll('\\\\', '')
  fc.assert(
    fc.property(json, (value) => {
      const before = written(value)
      const cleaned = cleanText(value)
      assert.equal(written(value), before)
      assert.doesNotMatch(written(cleaned), unkept)
      if (!unkept.test(before)) assert.equal(cleaned, value)
    }),
  )
})
