import assert from 'node:assert/strict'
import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { addPrimaryKey, retireKey } from '../../src/keys/generate.ts'
import { parseKeyRing } from '../../src/keys/ring.ts'
import { asPlainUser } from '../backup/plain-user.ts'
import { createKeyFile } from './support.ts'

const [OWNER, GROUP] = [65_534, 12_345]
const IS_ROOT = process.getuid?.() === 0
const lacksRoot = IS_ROOT ? false : 'only root may give a file away'
/** Past the largest process id of any system. */
const GONE = 2 ** 30

async function keyFile(t: TestContext): Promise<{ folder: string; file: string }> {
  const folder = await tempFolder(t)
  return { folder, file: await createKeyFile(folder) }
}

const idsIn = async (file: string): Promise<string[]> =>
  parseKeyRing(await readFile(file, 'utf8'), file).keys.map(({ id }) => id)

test('a changed key file keeps its owner, group and mode', { skip: lacksRoot }, async (t) => {
  const { file } = await keyFile(t)
  await chown(file, OWNER, GROUP)
  await chmod(file, 0o400)
  const [old = ''] = await idsIn(file)
  await addPrimaryKey(file)
  await retireKey(file, old)
  const { uid, gid, mode } = await stat(file)
  assert.deepEqual([uid, gid, mode & 0o777], [OWNER, GROUP, 0o400])
  assert.match(await readFile(file, 'utf8'), /# retired/)
})

test('who may not leave it to its group changes nothing', { skip: lacksRoot }, async (t) => {
  const { folder, file } = await keyFile(t)
  const before = await readFile(file, 'utf8')
  await asPlainUser(folder, async () => {
    process.seteuid?.(0)
    await chown(file, OWNER, GROUP)
    process.seteuid?.(OWNER)
    await assert.rejects(addPrimaryKey(file), {
      code: 'KEY_INVALID',
      message: /belongs to user 65534 and group 12345.*was not changed/,
      hint: /as root/,
    })
  })
  assert.equal(await readFile(file, 'utf8'), before)
  assert.deepEqual(await readdir(folder), ['master.key'])
})

test('what a killed process left goes, and what a living one writes is waited for', async (t) => {
  const { folder, file } = await keyFile(t)
  const next = (pid: number): string => `${file}.${hostname()}.${pid}.0123abcd.new`
  await writeFile(next(GONE), 'hunter2')
  await addPrimaryKey(file)
  assert.deepEqual(await readdir(folder), ['master.key'])
  const before = await readFile(file, 'utf8')
  await writeFile(next(process.pid), '')
  await assert.rejects(addPrimaryKey(file), {
    code: 'KEY_INVALID',
    message: /is being changed by another process/,
    hint: new RegExp(`remove ${next(process.pid)}`),
  })
  assert.equal(await readFile(file, 'utf8'), before)
  assert.equal((await readdir(folder)).length, 2)
})

test('several that change it at the same time all do so, one after the other', async (t) => {
  const { file } = await keyFile(t)
  const [first] = await idsIn(file)
  const added = await Promise.all(Array.from({ length: 3 }, () => addPrimaryKey(file)))
  const ids = await idsIn(file)
  assert.deepEqual(ids.toSorted(), [first, ...added.map(({ id }) => id)].sort())
})

test('a key file that would become too large to be read stays as it is', async (t) => {
  const { folder, file } = await keyFile(t)
  const text = await readFile(file, 'utf8')
  const full = `${text}#${'x'.repeat(64 * 1024 - text.length - 2)}\n`
  await writeFile(file, full)
  await assert.rejects(addPrimaryKey(file), { code: 'KEY_INVALID', message: /larger than 64 KiB/ })
  assert.equal(await readFile(file, 'utf8'), full)
  assert.equal((await idsIn(file)).length, 1)
  assert.deepEqual(await readdir(folder), ['master.key'])
})
