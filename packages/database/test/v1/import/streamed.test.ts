import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { isTextCrumbs } from '../../../src/v1/directory/crumbs.ts'
import { readInventory } from '../../../src/v1/directory/inventory.ts'
import { mapFile } from '../../../src/v1/import/read-records.ts'
import type { Source } from '../../../src/v1/import/source.ts'
import { kindOf } from '../../../src/v1/map/kinds.ts'
import type { Mapping } from '../../../src/v1/record.ts'
import { entryOf, v1Folder } from '../directory/support.ts'

const NAMES = ['completed_jobs.json', 'activity_log.json', 'dispenser_store.json'] as const
const USER = { userId: 'u', email: null, hasWorkOrder: () => true }

/** What a file comes to where files of more bytes are streamed, in the order of the positions. */
async function mapped(source: Source, path: string, streamFrom: number): Promise<Mapping[]> {
  const kind = kindOf(path.split('/').at(-1) ?? '')
  assert.ok(kind)
  const all: Mapping[] = []
  const entry = entryOf(source.inventory, path)
  for await (const some of mapFile(source, entry, kind, USER, streamFrom)) all.push(...some)
  // an object that was parsed has its numeric keys first
  return all.sort((a, b) => (a.record.position < b.record.position ? -1 : 1))
}

async function bothWays(directory: string, name: string, text: string) {
  const path = `users/one/${name}`
  await writeFile(join(directory, path), text)
  const inventory = await readInventory(directory)
  const { signal } = new AbortController()
  const source = { inventory, archived: null, signal, onNote: () => {}, onBytes: () => {} }
  const whole = await mapped(source, path, Number.POSITIVE_INFINITY)
  assert.deepEqual(await mapped(source, path, 0), whole, text)
  return whole
}

const pair = fc.tuple(fc.constantFrom('a', 'b', '1', '__proto__'), fc.jsonValue({ maxDepth: 2 }))
const objectText = (pairs: readonly (readonly [string, string])[]): string =>
  `{${pairs.map(([key, text]) => `${JSON.stringify(key)}: ${text}`).join(', ')}}`
const list = fc.oneof(
  fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }).map((value) => JSON.stringify(value)),
  fc
    .array(pair, { maxLength: 5 })
    .map((pairs) => objectText(pairs.map(([key, value]) => [key, JSON.stringify(value)]))),
  fc.constantFrom('null', '5', '"x"', '[1,,]', '{"a" 1}', '[', '[1e400]'),
)
const member = fc.constantFrom('completedJobs', 'jobs', 'activities', 'dispenserData', 'other', '')
const file = fc.oneof(
  list,
  fc.array(fc.tuple(member, list), { maxLength: 5 }).map((members) => objectText(members)),
)

test('a list file comes to the same whether it is streamed or read at once', async (t) => {
  const directory = await v1Folder(t, { 'users/one/x.json': '' })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...NAMES), file, async (name, text) => {
      await bothWays(directory, name, text)
    }),
    { numRuns: 150 },
  )
})

test('of a list or a key that stands twice the last counts, and what is no list is told', async (t) => {
  const directory = await v1Folder(t, { 'users/one/x.json': '' })
  const count = async (name: string, text: string) =>
    (await bothWays(directory, name, text)).map(({ record: { position } }) => position)
  const completed = 'completed_jobs.json'
  assert.deepEqual(await count(completed, '{"jobs": [1, 2], "jobs": [3]}'), ['/jobs/0'])
  assert.deepEqual(await count(completed, '{"jobs": [1, 2], "jobs": null}'), [])
  assert.deepEqual(await count(completed, '{"completedJobs": [], "jobs": 5}'), ['/jobs'])
  assert.deepEqual(await count(completed, '{"completedJobs": null}'), [])
  assert.deepEqual(await count(completed, '{"jobs": [1], "other": [1,,]}'), [''])
  const [twice, ...more] = await bothWays(
    directory,
    'dispenser_store.json',
    '{"dispenserData": {"W-1": 1, "W-1": 2}}',
  )
  assert.deepEqual([twice?.record.value, more], [2, []])
})

test('what falls into crumbs is one record, however it is read', async (t) => {
  const directory = await v1Folder(t, { 'users/one/x.json': '' })
  const crumbs = `[${'{},'.repeat(150_000)}{}]`
  const texts = {
    'activity_log.json': crumbs,
    'dispenser_store.json': `{"dispenserData": {"W-1": {"dispensers": ${crumbs}}}}`,
  }
  for (const [name, text] of Object.entries(texts)) {
    const [one, ...others] = await bothWays(directory, name, text)
    assert.ok(one && 'quarantine' in one)
    assert.deepEqual([one.quarantine.code, one.record.value], ['SHAPE_UNKNOWN', text])
    assert.equal(others.length, 0)
  }
  assert.equal(isTextCrumbs(`[${'1234567,'.repeat(150_000)}1]`), false)
})

test('a fault in a file too large to be kept is told by line and column', async (t) => {
  const row = `{"id": "é😀", "text": "${'x'.repeat(2 ** 20)}"}`
  const good = Array.from({ length: 9 }, () => row).join(',\n')
  const text = `[${good},\n{"é😀": ,}]`
  const directory = await v1Folder(t, { 'users/one/completed_jobs.json': text })
  const inventory = await readInventory(directory)
  const { signal } = new AbortController()
  const source = { inventory, archived: null, signal, onNote: () => {}, onBytes: () => {} }
  const [found] = await mapped(source, 'users/one/completed_jobs.json', 0)
  assert.ok(found && 'quarantine' in found)
  assert.equal(found.quarantine.message, 'The file is not valid JSON at line 10, column 9.')
})
