import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../../test/support/databases.ts'
import { assertUnchanged } from '../../../src/v1/directory/compare-inventories.ts'
import { MAX_FOLDERS, readInventory } from '../../../src/v1/directory/inventory.ts'
import { asNobody, v1Folder } from './support.ts'

const found = async (directory: string) =>
  (await readInventory(directory)).entries.map(({ path, kind, what }) =>
    what ? `${path} ${kind}: ${what}` : `${path} ${kind}`,
  )

test('everything below the directory is listed by path, and no link is followed', async (t) => {
  const directory = await v1Folder(t, { 'settings.json': '{}', 'users/b/x.json': '1' })
  await symlink('/etc', join(directory, 'users/a'))
  await symlink('b/x.json', join(directory, 'users/c.json'))
  execFileSync('mkfifo', [join(directory, 'users/pipe')])
  assert.deepEqual(await found(directory), [
    'settings.json file',
    'users/a link',
    'users/b/x.json file',
    'users/c.json link',
    'users/pipe other: a named pipe',
  ])
})

test('the directory itself may be a link', async (t) => {
  const directory = await v1Folder(t, { 'users/users.json': '[]' })
  const link = join(await tempFolder(t), 'data')
  await symlink(directory, link)
  const inventory = await readInventory(link)
  assert.equal(inventory.directory, directory)
  assert.deepEqual(
    inventory.folders.map(({ path }) => path),
    ['users'],
  )
  const [entry] = inventory.entries
  assert.equal(entry?.bytes, 2)
})

test('what is no directory of V1 is refused as a matter of usage', async (t) => {
  const directory = await tempFolder(t)
  await writeFile(join(directory, 'file'), '')
  await mkdir(join(directory, 'linked'))
  await symlink('/etc', join(directory, 'linked/users'))
  for (const name of ['missing', 'file', 'file/below', 'linked', '.']) {
    await assert.rejects(readInventory(join(directory, name)), {
      code: 'IMPORT_SOURCE_NOT_FOUND',
      exit: 2,
    })
  }
})

test('a name that is not UTF-8 is listed as unreadable, and hostile names are only names', async (t) => {
  const directory = await v1Folder(t, { 'users/..\\..\\etc': '', 'users/a\n\u001b[31mb': '' })
  const raw = Buffer.concat([Buffer.from(join(directory, 'users/caf')), Buffer.from([0xe9])])
  await writeFile(raw, '1')
  assert.deepEqual(await found(directory), [
    'users/..\\..\\etc file',
    'users/a\n\u001b[31mb file',
    'users/caf\\xe9 other: a name that is not UTF-8',
  ])
})

test('folders are listed to a bounded depth', async (t) => {
  const deep = `users/${'d/'.repeat(40)}`
  const directory = await v1Folder(t, { [`${deep}x.json`]: '1' })
  const [entry, ...rest] = await found(directory)
  assert.equal(entry, `users${'/d'.repeat(MAX_FOLDERS)} other: a folder below 16 others`)
  assert.deepEqual(rest, [])
})

test('a folder that may not be read is named', async (t) => {
  const directory = await v1Folder(t, { 'users/a/x.json': '1' })
  await chmod(join(directory, 'users/a'), 0)
  await asNobody(directory, () =>
    assert.rejects(readInventory(directory), {
      code: 'PERMISSION_DENIED',
      message: /users\/a cannot be read/,
    }),
  )
  // So that it can be removed.
  await chmod(join(directory, 'users/a'), 0o700)
})

test('a directory that changes is told by up to three of its files', async (t) => {
  const names = ['a', 'b', 'c', 'd'].map((name) => `users/${name}.json`)
  const directory = await v1Folder(t, Object.fromEntries(names.map((name) => [name, '1'])))
  const before = await readInventory(directory)
  assertUnchanged(before, await readInventory(directory))

  await writeFile(join(directory, 'users/b.json'), '2')
  const written = await readInventory(directory)
  assert.throws(() => assertUnchanged(before, written), {
    code: 'IMPORT_SOURCE_CHANGED',
    exit: 3,
    message: "V1's data directory changed while it was read: users/b.json.",
    hint: /Stop V1/,
  })
  await rename(join(directory, 'users/a.json'), join(directory, 'users/e.json'))
  await writeFile(join(directory, 'users/c.json'), '22')
  const moved = await readInventory(directory)
  assert.throws(() => assertUnchanged(before, moved), {
    message: /: users\/a\.json, users\/b\.json, users\/c\.json and 1 more\.$/,
  })
})
