import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import {
  appendIndex,
  INDEX_NAME,
  type NewEvent,
  readIndex,
} from '../../src/backup/catalogue/index-file.ts'
import { PETS } from './support.ts'

const HASH = 'a'.repeat(64)

const added = (path: string, id: string = randomUUID()): NewEvent => ({
  ...{ op: 'added', id, path, bytes: 5, sha256: HASH, manifestSha256: HASH },
  database: { ...PETS },
})

test('the index tells what was added and not removed since', async (t) => {
  const folder = await tempFolder(t)
  const [a, b] = [randomUUID(), randomUUID()]
  await appendIndex(folder, added('daily/backup_a.db', a))
  await appendIndex(folder, added('weekly/backup_a.db', a))
  await appendIndex(folder, added('daily/backup_b.db', b))
  await appendIndex(folder, { op: 'removing', id: a, path: 'weekly/backup_a.db' })
  await appendIndex(folder, { op: 'removing', id: b, path: 'daily/backup_b.db' })
  await appendIndex(folder, { op: 'removed', id: b, path: 'daily/backup_b.db' })
  const { listed, bad } = await readIndex(folder)
  assert.deepEqual(bad, [])
  assert.deepEqual(
    [...listed.values()].map(({ path, id, removing }) => ({ path, id, removing })),
    [
      { path: 'daily/backup_a.db', id: a, removing: false },
      { path: 'weekly/backup_a.db', id: a, removing: true },
    ],
  )
})

test('a missing index is an empty one, and a new one is for its owner only', async (t) => {
  const folder = await tempFolder(t)
  assert.deepEqual(await readIndex(join(folder, 'nowhere')), {
    ...{ listed: new Map(), bad: [], whole: true, exists: false },
  })
  await appendIndex(folder, added('daily/backup_a.db'))
  assert.equal((await stat(join(folder, INDEX_NAME))).mode & 0o777, 0o600)
})

test('a line cut at any byte is told and does not hurt the next', async (t) => {
  const folder = await tempFolder(t)
  const path = join(folder, INDEX_NAME)
  await appendIndex(folder, added('daily/backup_a.db'))
  const first = await readFile(path)
  await appendIndex(folder, added('daily/backup_b.db'))
  const both = await readFile(path)
  for (let cut = first.length + 1; cut < both.length - 1; cut += 7) {
    await writeFile(path, both.subarray(0, cut))
    await appendIndex(folder, added('daily/backup_c.db'))
    const { listed, bad, whole } = await readIndex(folder)
    assert.deepEqual([...listed.keys()], ['daily/backup_a.db', 'daily/backup_c.db'])
    assert.deepEqual(
      bad.map(({ line, torn }) => ({ line, torn })),
      [{ line: 2, torn: true }],
    )
    assert.ok(whole)
  }
})

test('a line that only lost its end of line still counts', async (t) => {
  const folder = await tempFolder(t)
  const path = join(folder, INDEX_NAME)
  await appendIndex(folder, added('daily/backup_a.db'))
  await writeFile(path, (await readFile(path)).subarray(0, -1))
  await appendIndex(folder, added('daily/backup_b.db'))
  const { listed, bad } = await readIndex(folder)
  assert.deepEqual([[...listed.keys()].length, bad], [2, []])
})

test('a flipped bit anywhere in a line is noticed', async (t) => {
  const folder = await tempFolder(t)
  const path = join(folder, INDEX_NAME)
  await appendIndex(folder, added('daily/backup_a.db'))
  const good = await readFile(path)
  for (let at = 0; at < good.length - 1; at++) {
    const flipped = Buffer.from(good)
    flipped[at] = (good[at] as number) ^ (1 << (at % 8))
    await writeFile(path, flipped)
    const { listed, bad } = await readIndex(folder)
    assert.deepEqual([listed.size, bad.length > 0], [0, true], `bit of byte ${at}`)
  }
})

test('a damaged line that was dealt with is not told again', async (t) => {
  const folder = await tempFolder(t)
  await appendFile(join(folder, INDEX_NAME), '{"op":"added","check":"0123456789abcdef"}\n')
  const [line] = (await readIndex(folder)).bad
  assert.ok(line && !line.torn)
  await appendIndex(folder, { op: 'skipped', line: line.sha256 })
  const { bad, whole } = await readIndex(folder)
  assert.deepEqual([bad, whole], [[], false])
})

test('an entry of a later version is refused, not skipped', async (t) => {
  const folder = await tempFolder(t)
  // what a later version would write: its check is right
  const line = '{"format":2,"op":"moved","check":"805a59c1d7b4790d"}\n'
  await writeFile(join(folder, INDEX_NAME), line)
  await assert.rejects(readIndex(folder), { code: 'BACKUP_NEWER' })
})

test('a path that leads out of the folder cannot be listed', async (t) => {
  const folder = await tempFolder(t)
  for (const path of ['../backup_x.db', 'daily/../../backup_x.db', 'daily/x.db', '/backup_x']) {
    await assert.rejects(appendIndex(folder, added(path)))
  }
  assert.equal((await readIndex(folder)).exists, false)
})

test('lines that many append at once are all there', async (t) => {
  const folder = await tempFolder(t)
  const paths = Array.from({ length: 50 }, (_, at) => `daily/backup_${at}.db`)
  await Promise.all(paths.map((path) => appendIndex(folder, added(path))))
  const { listed, bad } = await readIndex(folder)
  assert.deepEqual([new Set(listed.keys()), bad], [new Set(paths), []])
})
