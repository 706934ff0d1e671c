import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { packTo } from '../../src/backup/archive/pack.ts'
import { pieces } from '../backup/samples.ts'
import { LACKS_AGE, printed } from '../backup/tools.ts'
import { createProjectHere } from './in-process.ts'
import { createProject, type Project } from './support.ts'

/** A project whose key file is made by the command; what it needs in the environment. */
async function withKey(t: Parameters<typeof createProjectHere>[0], create = createProjectHere) {
  const project = await create(t)
  const file = join(project.folder, 'master.key')
  const { code, stdout } = await project.run(['keys', 'generate', '--file', 'master.key'])
  assert.equal(code, 0)
  return { project, file, stdout, env: { MIGRATE_MASTER_KEY_FILE: file } }
}

async function json(project: Project, args: readonly string[], env: Record<string, string>) {
  const { stdout } = await project.run(['keys', ...args, '--json'], env)
  return JSON.parse(stdout)
}

test('generate writes a key file and says how to use it, never the key', async (t) => {
  const { project, file, stdout } = await withKey(t)
  const text = await readFile(file, 'utf8')
  const [, key = 'no key'] = /(migrate-key-1\w+)/.exec(text) ?? []
  const [, id = 'no id'] = /master key (\w{8})/.exec(text) ?? []
  assert.ok(stdout.includes(`Wrote the master key ${id} to ${file}.`), stdout)
  assert.ok(stdout.includes(`MIGRATE_MASTER_KEY_FILE=${file}`), stdout)
  assert.ok(!stdout.includes(key))
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const again = await project.failure('keys', 'generate', '--file', 'master.key')
  assert.equal(again.error.code, 'KEY_INVALID')
  assert.match(again.error.hint, /--add/)
  assert.equal(await readFile(file, 'utf8'), text)
})

test('list shows ids and recipients, the primary first, and no secrets', async (t) => {
  const { project, env, file } = await withKey(t)
  const before = await json(project, ['list'], env)
  const added = await json(project, ['generate', '--file', 'master.key', '--add'], env)
  const { ok, from, keys } = await json(project, ['list'], env)
  assert.equal(ok, true)
  assert.equal(from, file)
  assert.deepEqual(keys, [added.keys[0], { ...before.keys[0], isPrimary: false }])
  const { stdout } = await project.run(['keys', 'list'], env)
  assert.match(
    stdout,
    new RegExp(`^  ${keys[0].id}  primary  age1\\w+\n  ${keys[1].id} +age1\\w+\n`),
  )
  assert.ok(!stdout.includes('migrate-key-1'))
})

test('without a key, and with one that others may read, it says what to do', async (t) => {
  const { project, env, file } = await withKey(t)
  const none = await project.failure('keys', 'list')
  assert.equal(none.code, 2)
  assert.deepEqual(none.error, {
    code: 'KEY_MISSING',
    message:
      'There is no master key: neither MIGRATE_MASTER_KEY_FILE nor MIGRATE_MASTER_KEY is set.',
    hint: 'Make one with `migrate keys generate --file F`, then set MIGRATE_MASTER_KEY_FILE to its path.',
  })
  await writeFile(file, 'not a key')
  const { error } = await json(project, ['list'], env)
  assert.match(error.message, /in line 1 of .*master\.key does not begin with migrate-key-1/)
})

// a process of its own: a module is loaded once in each
test('the configuration names the variables', async (t) => {
  const { project, file } = await withKey(t, createProject)
  await project.write(
    'migrate.config.mjs',
    "export default { migrations: 'x', masterKey: { file: 'OUR_KEY_FILE', value: 'OUR_KEY' } }\n",
  )
  assert.equal((await json(project, ['list'], { OUR_KEY_FILE: file })).ok, true)
  assert.match(
    (await project.failure('keys', 'list')).error.message,
    /neither OUR_KEY_FILE nor OUR_KEY/,
  )
})

test('what is exported opens what was encrypted, with age itself', {
  skip: LACKS_AGE,
}, async (t) => {
  const { project, env } = await withKey(t)
  const { keys } = await json(project, ['list'], env)
  const raw = Buffer.from('a backup, say')
  const backup = join(project.folder, 'backup.age')
  const packing = { compression: 'none', recipient: keys[0].recipient } as const
  await packTo(pieces(raw), backup, packing, new AbortController().signal)
  const { stdout } = await project.run(['keys', 'export-identity', '--output', 'id.txt'], env)
  assert.ok(!stdout.includes('AGE-SECRET-KEY'))
  const file = join(project.folder, 'id.txt')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.ok(printed('age', ['-d', '-i', file, backup]).equals(raw))
  assert.ok(!(await readFile(backup)).includes(raw))
})

test('an identity is printed only when somebody says yes', async (t) => {
  const { project, env } = await withKey(t)
  await project.run(['keys', 'generate', '--file', 'master.key', '--add'])
  const asked = await project.run(['keys', 'export-identity'], env)
  assert.equal(asked.code, 2)
  assert.equal(asked.stdout, '')
  assert.match(asked.stderr, /CONFIRMATION_NEEDED/)
  const { keys } = await json(project, ['list'], env)
  const all = await project.run(['keys', 'export-identity', '--yes'], env)
  assert.equal(all.stdout.match(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/gm)?.length, 2)
  const one = await json(project, ['export-identity', '--key', keys[1].id, '--yes'], env)
  assert.equal(one.identities.length, 1)
  assert.ok(all.stdout.includes(`# public key: ${keys[1].recipient}\n${one.identities[0]}`))
  const wrong = await json(project, ['export-identity', '--key', 'abc', '--yes'], env)
  assert.equal(wrong.error.code, 'KEY_MISSING')
})

test('an action that is missing or unknown is a usage error', async (t) => {
  const project = await createProjectHere(t)
  for (const args of [['keys'], ['keys', 'toString'], ['keys', 'generate']]) {
    const { code } = await project.failure(...args)
    assert.equal(code, 2, args.join(' '))
  }
})
