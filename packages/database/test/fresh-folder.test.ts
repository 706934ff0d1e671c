import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/databases.ts'
import { freshFolder } from '../src/fresh-folder.ts'

test('a fresh folder is one with nothing in it, and what is there stays', async (t) => {
  const path = join(await tempFolder(t), 'demo')
  assert.equal(freshFolder(path), path)
  assert.equal(freshFolder(path), path, 'an empty one will do')
  await writeFile(join(path, 'mine.txt'), 'work')
  await writeFile(`${path}-2`, 'a file')
  await mkdir(`${path}-3`)
  assert.equal(freshFolder(path), `${path}-3`)
  await writeFile(join(`${path}-3`, 'more.txt'), 'work')
  assert.equal(freshFolder(path), `${path}-4`)
  assert.deepEqual(await readdir(`${path}-4`), [])
  assert.equal(await readFile(join(path, 'mine.txt'), 'utf8'), 'work')
  assert.equal(await readFile(`${path}-2`, 'utf8'), 'a file')
})
