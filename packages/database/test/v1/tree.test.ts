import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeTree, QUIRK_NAMES } from '../../../../bench/v1-tree/tree.ts'
import { tempFolder } from '../../../../test/support/databases.ts'
import { v1Tree, writeTree } from './support/tree.ts'

const SIZE = { users: QUIRK_NAMES.length, workOrders: 90, dispensers: 120, activities: 60 }

/** Every file's path and bytes; links are not followed. */
function contents(folder: string, below = ''): string[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true })
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name)
      if (entry.isDirectory()) return contents(folder, path)
      return entry.isFile() ? [`${path} ${readFileSync(join(folder, path), 'base64')}`] : []
    })
}

test('the generator of V1 trees makes the same one for a seed, with every quirk', async (t) => {
  const folder = await tempFolder(t)
  const at = (name: string): string => join(folder, name)
  const first = makeTree(at('first'), { ...SIZE, quirks: 'all', seed: 3 })
  assert.deepEqual(makeTree(at('second'), { ...SIZE, quirks: 'all', seed: 3 }), first)
  assert.deepEqual(contents(at('second')), contents(at('first')))
  assert.deepEqual(Object.keys(first.quirks).toSorted(), QUIRK_NAMES.toSorted())
  makeTree(at('other'), { ...SIZE, quirks: 'all', seed: 4 })
  assert.notDeepEqual(contents(at('other')), contents(at('first')))
})

test('the generator of V1 trees makes one file as large as it is told', async (t) => {
  const folder = join(await tempFolder(t), 'v1')
  const { rows } = makeTree(folder, { ...SIZE, users: 1, oneFileBytes: 300_000 })
  const [user = ''] = readdirSync(join(folder, 'users')).filter((name) => /^\w{32}$/.test(name))
  const text = readFileSync(join(folder, 'users', user, 'scraped_content.json'))
  assert.ok(text.length >= 300_000 && text.length < 310_000)
  const { workOrders } = JSON.parse(text.toString())
  assert.equal(rows.work_orders, workOrders.length)
})

test('small V1 trees can be written as they are', async (t) => {
  const folder = await tempFolder(t)
  for (const [at, tree] of fc.sample(v1Tree, 20).entries()) {
    const place = join(folder, String(at))
    writeTree(place, tree)
    const texts = Object.entries(tree).filter(([, content]) => typeof content === 'string')
    assert.equal(contents(place).length, texts.length)
  }
})
