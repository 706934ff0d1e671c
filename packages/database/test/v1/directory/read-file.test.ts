import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeText } from '../../../src/v1/directory/decode-text.ts'
import { readInventory } from '../../../src/v1/directory/inventory.ts'
import { readBytes, readChunks } from '../../../src/v1/directory/read-file.ts'
import { asNobody, entryOf, v1Folder } from './support.ts'

const FILE = 'users/a/x.json'
const CHANGED = { code: 'IMPORT_SOURCE_CHANGED' }

test('a listed file is read whole, unless it is larger than allowed', async (t) => {
  const content = Buffer.alloc(600_000, 'é')
  const directory = await v1Folder(t, { [FILE]: content, 'users/empty': '' })
  const inventory = await readInventory(directory)
  const entry = entryOf(inventory, FILE)
  assert.deepEqual(await readBytes(directory, entry, 600_000), content)
  assert.equal(await readBytes(directory, entry, 599_999), null)
  assert.equal((await readBytes(directory, entryOf(inventory, 'users/empty'), 1))?.length, 0)
})

/** What an attacker, or a V1 that still runs, may do between listing and reading. */
const SWAPS: Record<string, (directory: string, file: string) => Promise<unknown> | unknown> = {
  'written again': (_, file) => writeFile(file, '{"a":2}'),
  'of another size': (_, file) => writeFile(file, '{}'),
  'with another time': (_, file) => utimes(file, 1, 1),
  gone: (_, file) => rm(file),
  'a copy': async (_, file) => {
    await rename(file, `${file}.old`)
    await writeFile(file, '{"a":1}')
  },
  'a link to itself elsewhere': async (directory, file) => {
    await rename(file, join(directory, 'moved'))
    await symlink(join(directory, 'moved'), file)
  },
  'a named pipe': async (_, file) => {
    await rm(file)
    execFileSync('mkfifo', [file])
  },
  'in a folder that became a link to itself elsewhere': async (directory) => {
    await rename(join(directory, 'users/a'), join(directory, 'moved'))
    await symlink(join(directory, 'moved'), join(directory, 'users/a'))
  },
  'in a folder that became a file': async (directory) => {
    await rm(join(directory, 'users/a'), { recursive: true })
    await writeFile(join(directory, 'users/a'), '')
  },
}

for (const [what, swap] of Object.entries(SWAPS)) {
  test(`a file is not read that is ${what} since it was listed`, async (t) => {
    const directory = await v1Folder(t, { [FILE]: '{"a":1}' })
    const entry = entryOf(await readInventory(directory), FILE)
    await swap(directory, join(directory, FILE))
    await assert.rejects(readBytes(directory, entry, 1000), CHANGED)
  })
}

test('a file that is written while it is read is found at its end', async (t) => {
  const directory = await v1Folder(t, { [FILE]: Buffer.alloc(600_000, '1') })
  const entry = entryOf(await readInventory(directory), FILE)
  const read = async () => {
    for await (const _ of readChunks(directory, entry, 'kept')) {
      await writeFile(join(directory, FILE), '2', { flag: 'a' })
    }
  }
  await assert.rejects(read(), CHANGED)
})

test('a file that may not be read is named', async (t) => {
  const directory = await v1Folder(t, { [FILE]: '1' })
  const entry = entryOf(await readInventory(directory), FILE)
  await chmod(join(directory, FILE), 0)
  await asNobody(directory, () =>
    assert.rejects(readBytes(directory, entry, 10), {
      code: 'PERMISSION_DENIED',
      message: /users\/a\/x\.json cannot be read/,
    }),
  )
})

test('text is UTF-8 or UTF-16 with its mark, and the mark is no part of it', () => {
  const text = '{"é":"😀"}\r\n'
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    little,
    Buffer.from(little).swap16(),
  ]) {
    assert.deepEqual(decodeText(bytes), { text })
  }
})

test('bytes that are no text are reported, and a character that is cut off as that', () => {
  const codeOf = (bytes: Buffer) => {
    const decoded = decodeText(bytes)
    return 'quarantine' in decoded ? decoded.quarantine.code : decoded.text
  }
  assert.equal(codeOf(Buffer.from('caf\xe9!', 'latin1')), 'FILE_UNREADABLE')
  assert.equal(codeOf(Buffer.from('café').subarray(0, -1)), 'FILE_CUT')
  assert.equal(codeOf(Buffer.from('\ufeffab', 'utf16le').subarray(0, -1)), 'FILE_CUT')
  assert.equal(codeOf(Buffer.from('\ufeff\ud800a', 'utf16le')), 'FILE_UNREADABLE')
})
