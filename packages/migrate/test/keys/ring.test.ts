import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { tempFolder } from '../../../../test/support/databases.ts'
import { addPrimaryKey, createKeyFile, retireKey } from '../../src/keys/generate.ts'
import { generateMasterKey } from '../../src/keys/master-key.ts'
import { parseKeyRing, readKeyRing } from '../../src/keys/ring.ts'
import { DEFAULT_MASTER_KEY } from '../../src/keys/source.ts'

const [one, two] = [generateMasterKey(), generateMasterKey()]
const line = (key: typeof one): string => key.text.reveal()
const fromFile = (file: string) =>
  readKeyRing(DEFAULT_MASTER_KEY, { MIGRATE_MASTER_KEY_FILE: file })

async function keyFile(t: TestContext, text: string, mode = 0o600): Promise<string> {
  const file = join(await tempFolder(t), 'master.key')
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

test('the first key is primary; comments and empty lines do not count', async (t) => {
  const text = `\uFEFF# the new one\r\n${line(one)}\r\n\r\n  ${line(two)}  \n# the end`
  for (const mode of [0o600, 0o400]) {
    const ring = await fromFile(await keyFile(t, text, mode))
    assert.deepEqual(
      ring?.keys.map(({ id }) => id),
      [one.id, two.id],
    )
  }
})

test('the file counts before the value; with neither there is no ring', async (t) => {
  const file = await keyFile(t, line(one))
  const source = { file: 'OUR_KEY_FILE', value: 'OUR_KEY' }
  const both = { OUR_KEY_FILE: file, OUR_KEY: line(two), MIGRATE_MASTER_KEY: 'not looked at' }
  assert.equal((await readKeyRing(source, both))?.keys[0].id, one.id)
  assert.equal((await readKeyRing(source, { ...both, OUR_KEY_FILE: '' }))?.keys[0].id, two.id)
  assert.equal(await readKeyRing(source, { MIGRATE_MASTER_KEY: line(two) }), null)
})

test('a file that others may use is refused with the command that mends it', async (t) => {
  for (const mode of [0o640, 0o604, 0o660, 0o610]) {
    const file = await keyFile(t, line(one), mode)
    await assert.rejects(fromFile(file), {
      code: 'KEY_INVALID',
      message: `The master key file ${file}, which MIGRATE_MASTER_KEY_FILE names, has mode 0${mode.toString(8)}: others than its owner may use it.`,
      hint: `Run: chmod 600 ${file}`,
    })
  }
})

test('what is no file is refused, a pipe without waiting for it', async (t) => {
  const folder = await tempFolder(t)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', ['-m', '600', pipe])
  for (const file of [folder, pipe, '/dev/zero']) {
    await assert.rejects(fromFile(file), { code: 'KEY_INVALID', message: /no regular file/ })
  }
  await assert.rejects(fromFile(join(folder, 'gone')), {
    code: 'KEY_MISSING',
    message: /gone, which MIGRATE_MASTER_KEY_FILE names, is not there/,
  })
})

test('a link to a key file is followed, as orchestrators mount secrets', async (t) => {
  const file = await keyFile(t, line(one))
  await symlink(file, `${file}.link`)
  assert.equal((await fromFile(`${file}.link`))?.keys[0].id, one.id)
})

test('a line that is no key is named by its number and not repeated', async (t) => {
  const typo = line(two).replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'))
  const cases: [string, RegExp][] = [
    [`${line(one)}\n\n${typo}\n`, /in line 3 of .*master\.key has a character that is wrong/],
    [`hunter2\n${line(one)}`, /in line 1 of .* does not begin with migrate-key-1/],
    [`${line(one)}\n#\n${line(one)}`, /in line 3 of .* is there twice/],
    ['# nothing\n', /There is no master key in /],
    ['', /There is no master key in /],
  ]
  for (const [text, message] of cases) {
    const file = await keyFile(t, text)
    await assert.rejects(fromFile(file), (error: Error & { code: string }) => {
      assert.equal(error.code, 'KEY_INVALID')
      assert.match(error.message, message)
      const shown = inspect(error, { depth: 9 })
      for (const secret of [typo, line(one), 'hunter2']) assert.ok(!shown.includes(secret))
      return true
    })
  }
  assert.throws(() => parseKeyRing('x', 'the environment variable K'), {
    message:
      'The master key in line 1 of the environment variable K does not begin with migrate-key-1.',
  })
})

test('a new key file is for this user alone, and takes no place of another', async (t) => {
  const folder = await tempFolder(t)
  const file = join(folder, 'master.key')
  const key = await createKeyFile(file)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(
    (await fromFile(file))?.keys.map(({ id }) => id),
    [key.id],
  )
  await assert.rejects(createKeyFile(file), { code: 'KEY_INVALID', message: /is there already/ })
  assert.deepEqual(
    (await fromFile(file))?.keys.map(({ id }) => id),
    [key.id],
  )
  const nowhere = createKeyFile(join(folder, 'no', 'such', 'key'))
  await assert.rejects(nowhere, { code: 'KEY_INVALID', hint: /mkdir -p -m 700 .*no\/such/ })
})

test('a new primary key goes in front; the others and the comments stay', async (t) => {
  const file = await keyFile(t, `# ours\n${line(one)}\n`)
  await symlink(file, `${file}.link`)
  const key = await addPrimaryKey(`${file}.link`)
  assert.deepEqual(
    (await fromFile(file))?.keys.map(({ id }) => id),
    [key.id, one.id],
  )
  assert.match(await readFile(file, 'utf8'), /\n# ours\n/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('a file that cannot be added to stays as it was', async (t) => {
  for (const [text, mode] of [
    ['broken', 0o600],
    [line(one), 0o644],
  ] as const) {
    const file = await keyFile(t, text, mode)
    await assert.rejects(addPrimaryKey(file), { code: 'KEY_INVALID' })
    assert.equal(await readFile(file, 'utf8'), text)
    assert.deepEqual(await readdir(join(file, '..')), ['master.key'])
  }
  const folder = await tempFolder(t)
  await assert.rejects(addPrimaryKey(join(folder, 'none')), { code: 'KEY_MISSING' })
  await mkdir(join(folder, 'sub'))
  await assert.rejects(addPrimaryKey(join(folder, 'sub')), { code: 'KEY_INVALID' })
})

test('of several that add at the same time, no key is lost', async (t) => {
  const file = await keyFile(t, `${line(one)}\n`)
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => addPrimaryKey(file)))
  const added = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value.id] : [],
  )
  assert.ok(added.length > 0)
  const ids = (await fromFile(file))?.keys.map(({ id }) => id) ?? []
  assert.deepEqual(ids.toSorted(), [...added, one.id].sort())
})

test('a retired key is marked above its line, once, and still opens what it encrypted', async (t) => {
  const today = new Date().toISOString().slice(0, 10)
  for (const end of ['\n', '\r\n']) {
    const before = ['# ours', line(one), '# the old one', ` ${line(two)}`, ''].join(end)
    const file = await keyFile(t, before)
    for (let times = 0; times < 2; times++) await retireKey(file, two.id)
    const mark = `# retired ${today}: kept for what was encrypted before`
    const lines = ['# ours', line(one), '# the old one', mark, ` ${line(two)}`, '']
    assert.equal(await readFile(file, 'utf8'), lines.join(end))
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(
      (await fromFile(file))?.keys.map(({ id }) => id),
      [one.id, two.id],
    )
    for (const [id, message] of [
      [one.id, /is the primary one/],
      ['00000000', /no master key 00000000/],
    ] as const) {
      await assert.rejects(retireKey(file, id), { code: 'KEY_INVALID', message })
    }
    assert.equal(await readFile(file, 'utf8'), lines.join(end))
  }
})
