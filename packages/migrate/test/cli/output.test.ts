import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BIN, createProject } from './support.ts'

const ESCAPE = '\x1b['

test('output that is no terminal has no colours, unless FORCE_COLOR wants them', async (t) => {
  const project = await createProject(t)
  const plain = await project.run(['status'])
  assert.ok(!plain.stdout.includes(ESCAPE))
  const colored = await project.run(['status'], { FORCE_COLOR: '1' })
  assert.ok(colored.stdout.includes(ESCAPE))
  for (const [args, env] of [
    [['status'], { FORCE_COLOR: '0' }],
    [['status'], { NO_COLOR: '1' }],
    [['status', '--no-color'], { FORCE_COLOR: '1' }],
  ] as const) {
    assert.equal((await project.run(args, env)).stdout, plain.stdout)
  }
})

test('--quiet shows no progress and --verbose shows more, on stderr only', async (t) => {
  const quiet = await createProject(t)
  const { stdout, stderr } = await quiet.run(['migrate', '--quiet'])
  assert.match(stdout, /^Applied 3/)
  assert.equal(stderr, '')
  const verbose = await createProject(t)
  const more = await verbose.run(['migrate', '--verbose'])
  assert.match(more.stdout, /^Applied 3/)
  assert.match(
    more.stderr,
    /^migrate on .*app\.db, run [0-9a-f-]{36}\nlock obtained\n3 steps to run/,
  )
})

test('progress is on stderr with --json as well, and an error on both', async (t) => {
  const project = await createProject(t)
  const { stdout, stderr } = await project.run(['migrate', '--json'])
  assert.deepEqual(Object.keys(JSON.parse(stdout)), [
    'ok',
    'command',
    'outcome',
    'plan',
    'done',
    'backup',
    'validation',
  ])
  assert.match(stderr, /✓ v001_people/)
  const failed = await project.run(['rollback', '--version', 'v1', '--json', '--quiet'])
  assert.equal(JSON.parse(failed.stdout).error.code, 'UNKNOWN_VERSION')
  assert.match(failed.stderr, /error UNKNOWN_VERSION/)
})

test('commands in hints carry the options that say where the database is', async (t) => {
  const project = await createProject(t)
  const args = ['status', '--database', 'sqlite:///my data.db', '--migrations', './migrations']
  const { stdout } = await project.run(args)
  assert.match(
    stdout,
    /Next: migrate migrate --database 'sqlite:\/\/\/my data\.db' --migrations \.\/migrations\n$/,
  )
})

test('relative paths of a configuration are relative to it, those of the user to the working folder', async (t) => {
  const project = await createProject(t)
  await project.write(
    'deep/migrate.config.mjs',
    "export default { migrations: '../migrations', databaseUrl: 'sqlite:///here.db' }",
  )
  const config = ['--config', 'deep/migrate.config.mjs']
  const { answer } = await project.json('status', ...config)
  assert.equal(answer.database, join(project.folder, 'deep/here.db'))
  const given = await project.json('status', ...config, '--database', 'sqlite:///here.db')
  assert.equal(given.answer.database, join(project.folder, 'here.db'))
})

test('DATABASE_URL counts where the configuration names no database', async (t) => {
  const project = await createProject(t)
  await project.write('migrate.config.mjs', "export default { migrations: './migrations' }")
  const { stdout } = await project.run(['status', '--json'], { DATABASE_URL: 'sqlite:///env.db' })
  assert.equal(JSON.parse(stdout).database, join(project.folder, 'env.db'))
})

test('a reader that goes away ends no run and is no error', async (t) => {
  const project = await createProject(t)
  const child = spawn(process.execPath, [BIN, 'migrate', '--verbose'], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  child.stderr.destroy()
  const code = await new Promise((resolve) => child.on('exit', resolve))
  assert.equal(code, 0)
  assert.deepEqual((await project.json('status')).answer.pending, [])
})

test('text from a migration cannot steer the terminal', async (t) => {
  const project = await createProject(t, {
    'migrations/v1.mjs':
      'export default { description: "a\\u001b[31mb\\u0007\\nc", async up() {}, async down() {} }',
  })
  const { stdout } = await project.run(['status'])
  assert.match(stdout, /v1 {2}ab c\n/)
})

test('a project folder without configuration needs only --migrations', async (t) => {
  const project = await createProject(t)
  const empty = join(project.folder, 'empty')
  await mkdir(empty)
  const { code, answer } = await project.json('status', '--migrations', 'migrations')
  assert.equal(code, 0)
  assert.equal(answer.versions.length, 3)
})
