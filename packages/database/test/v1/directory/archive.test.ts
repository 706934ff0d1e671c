import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { appendFile, chmod, lstat, readFile, readlink, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../../test/support/databases.ts'
import { NOT_ARCHIVED, tarOf } from '../../../src/v1/directory/archive.ts'
import { readInventory } from '../../../src/v1/directory/inventory.ts'
import { v1Folder } from './support.ts'

async function tarBytes(
  directory: string,
): Promise<{ bytes: Buffer; digests: ReadonlyMap<string, string>; heard: number }> {
  let heard = 0
  const { tar, digests } = tarOf(await readInventory(directory), (bytes) => {
    heard += bytes
  })
  const bytes = Buffer.concat(await tar.toArray())
  return { bytes, digests, heard }
}

const LONG = `users/${'long-'.repeat(30)}é.json`

test('tar itself unpacks what was there: content, times, modes, links as links', async (t) => {
  const files = {
    'settings.json': '{}',
    'users/a/large.json': Buffer.alloc(1_000_001, 'é'),
    'users/a/empty.json': '',
    [LONG]: '1',
  }
  const directory = await v1Folder(t, files)
  await symlink('../../etc/passwd', join(directory, 'users/link'))
  await chmod(join(directory, 'settings.json'), 0o640)
  await utimes(join(directory, 'settings.json'), 1_700_000_000, 1_700_000_000)
  execFileSync('mkfifo', [join(directory, 'users/pipe')])

  const { bytes, digests, heard } = await tarBytes(directory)
  const names = execFileSync('tar', ['tf', '-', '--quoting-style=literal'], { input: bytes })
  assert.deepEqual(names.toString().trim().split('\n'), [
    'settings.json',
    'users',
    'users/a',
    'users/a/empty.json',
    'users/a/large.json',
    'users/link',
    LONG,
    NOT_ARCHIVED,
  ])

  const out = await tempFolder(t)
  execFileSync('tar', ['xpf', '-', '-C', out], { input: bytes })
  for (const [path, content] of Object.entries(files)) {
    assert.deepEqual(await readFile(join(out, path)), Buffer.from(content))
    assert.equal(digests.get(path), createHash('sha256').update(content).digest('hex'))
  }
  assert.equal(digests.size, 4)
  assert.equal(heard, 1_000_004)
  assert.equal(await readlink(join(out, 'users/link')), '../../etc/passwd')
  const stats = await lstat(join(out, 'settings.json'))
  assert.deepEqual([stats.mode & 0o777, stats.mtimeMs], [0o640, 1_700_000_000_000])
  const others = await readFile(join(out, NOT_ARCHIVED), 'utf8')
  assert.equal(others, 'Not in this archive:\n"users/pipe": a named pipe\n')
})

test('the same directory gives the same bytes', async (t) => {
  const directory = await v1Folder(t, { 'users/users.json': '[]', 'users/a/x.json': '{}' })
  assert.deepEqual((await tarBytes(directory)).bytes, (await tarBytes(directory)).bytes)
})

test('a file that changed since it was listed fails the tar', async (t) => {
  const directory = await v1Folder(t, { 'users/a.json': '1', 'users/b.json': '2' })
  const { tar, digests } = tarOf(await readInventory(directory), () => {})
  await appendFile(join(directory, 'users/b.json'), '2')
  await assert.rejects(tar.toArray(), { code: 'IMPORT_SOURCE_CHANGED', message: /b\.json/ })
  assert.deepEqual([...digests.keys()], ['users/a.json'])
})

test('a tar that nobody reads to its end leaves no file open', async (t) => {
  const directory = await v1Folder(t, { 'users/large.json': Buffer.alloc(8_000_000, '1') })
  const open = () => readdirSync('/dev/fd').length
  const before = open()
  const { tar } = tarOf(await readInventory(directory), () => {})
  const closed = new Promise((resolve) => tar.once('close', resolve))
  for await (const _ of tar.on('error', () => {})) break
  await closed
  assert.equal(open(), before)
})
