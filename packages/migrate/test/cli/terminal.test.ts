import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { BIN, createProject, type Project } from './support.ts'

// util-linux's script gives the command a terminal; the one of macOS takes other arguments
const skip =
  process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0
    ? 'no script command here'
    : false

interface Typing {
  readonly columns?: number
  readonly prompt?: string
  readonly keys?: string
  /** Happens between the prompt and the keys. */
  readonly meanwhile?: () => Promise<unknown>
  /** A further question. */
  readonly next?: { readonly prompt: string; readonly keys: string }
}

/** Runs on a terminal, of 60 columns unless said otherwise, and types `keys` once `prompt` is there. */
function onTerminal(
  { folder }: Project,
  args: string,
  { columns = 60, prompt, keys, meanwhile, next }: Typing = {},
): Promise<{ code: number | null; screen: string }> {
  const { NO_COLOR: _, FORCE_COLOR: __, DATABASE_URL: ___, ...env } = process.env
  const command = `stty cols ${columns} rows 30; ${process.execPath} ${BIN} ${args}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...env, TERM: 'xterm' },
  })
  let screen = ''
  let typed = false
  let answered = next === undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    if (typed && !answered && next && screen.includes(next.prompt)) {
      answered = true
      child.stdin.write(next.keys)
    }
    if (typed || !prompt || !screen.includes(prompt)) return
    typed = true
    Promise.resolve(meanwhile?.()).then(() => child.stdin.write(keys ?? ''))
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, screen })))
}

test('a terminal gets colours, a live line, and lines that fit', { skip }, async (t) => {
  const project = await createProject(t)
  const { code, screen } = await onTerminal(project, 'migrate')
  assert.equal(code, 0)
  assert.ok(screen.includes('[1/3] v001_people'), screen)
  assert.ok(screen.includes('\r\x1b[2K'), 'the live line is cleared')
  assert.ok(screen.includes('\x1b[32m✓\x1b[39m v001_people'), screen)
  const status = await onTerminal(project, 'status --no-color')
  assert.ok(!status.screen.includes('\x1b['), status.screen)
})

test('a terminal is asked before drift is accepted, and only yes is yes', { skip }, async (t) => {
  const project = await createProject(t)
  await project.run(['snapshot'])
  await project.run(['migrate'])
  project.sql('DROP TABLE schema_migration_log')
  project.sql('DROP TABLE schema_migration_archive')
  project.sql('ALTER TABLE people ADD COLUMN age INTEGER')
  const prompt = 'Take the database as it is'
  const no = await onTerminal(project, 'adopt --accept-drift', { prompt, keys: 'n' })
  assert.equal(no.code, 130)
  assert.ok(no.screen.indexOf('people.age') < no.screen.indexOf(prompt), 'first what differs')
  assert.match(no.screen, /not confirmed; nothing was changed/)
  const control = await onTerminal(project, 'adopt --accept-drift', { prompt, keys: '\x03' })
  assert.equal(control.code, 130)
  const yes = await onTerminal(project, 'adopt --accept-drift', { prompt, keys: 'y' })
  assert.equal(yes.code, 0)
  assert.match(yes.screen, /Adopted 3 versions/)
})

test('the backup that is restored is the one that was shown', { skip }, async (t) => {
  const project = await createProject(t)
  await project.run(['migrate'])
  project.sql("INSERT INTO people (id, name) VALUES (1, 'shown')")
  await project.run(['backup'])
  project.sql("UPDATE people SET name = 'live'")
  const { code, screen } = await onTerminal(project, 'restore --latest', {
    columns: 160,
    prompt: 'Replace the database?',
    keys: 'y',
    // a newer one than the one that the question is about
    meanwhile: () => project.run(['backup']),
  })
  assert.equal(code, 0, screen)
  assert.deepEqual(
    project.sql('SELECT name FROM people').map(({ name }) => name),
    ['shown'],
  )
})

test('a list lets the arrow keys choose, and nothing is chosen by leaving it', {
  skip,
}, async (t) => {
  const project = await createProject(t)
  await project.run(['migrate'])
  project.sql("INSERT INTO people (id, name) VALUES (1, 'older')")
  await project.run(['backup'])
  project.sql("UPDATE people SET name = 'newer'")
  await project.run(['backup'])
  const prompt = 'Which backup?'
  const left = await onTerminal(project, 'restore --interactive --force', { prompt, keys: '\x03' })
  assert.equal(left.code, 130)
  assert.match(left.screen, /nothing was changed/)
  const keys = '\x1b[B\r'
  const { code, screen } = await onTerminal(project, 'restore --interactive --force', {
    columns: 160,
    prompt,
    keys,
  })
  assert.equal(code, 0, screen)
  assert.deepEqual(
    project.sql('SELECT name FROM people').map(({ name }) => name),
    ['older'],
  )
})

test('repair shows what it found, lets a way out be chosen, and asks why', { skip }, async (t) => {
  const project = await createProject(t)
  await project.run(['migrate'])
  await project.write('migrations/v003_toys.sql', '-- migrate:up\nSELECT 1;\n')
  const prompt = 'What is true of v003_toys?'
  const repair = 'repair --version v003_toys --no-backup'
  const left = await onTerminal(project, repair, { prompt, keys: '\x1b[B\r' })
  assert.equal(left.code, 3)
  assert.match(left.screen, /Ways out:.*What is true of.*Nothing was changed\./s)
  const next = { prompt: 'Why?', keys: 'typed only\r' }
  const { code, screen } = await onTerminal(project, repair, { prompt, keys: '\r', next })
  assert.equal(code, 0, screen)
  assert.match(screen, /v003_toys has the checksum of its file now\./)
  const reasons = "SELECT reason FROM schema_migration_log WHERE event = 'repaired'"
  assert.deepEqual(
    project.sql(reasons).map(({ reason }) => reason),
    ['typed only'],
  )
})

test('tables and help fit a terminal, however narrow it is', { skip }, async (t) => {
  const project = await createProject(t, {
    'migrations/v001_a_long_name_that_says_all_there_is.sql': '-- migrate:up\nSELECT 1;\n',
    'migrations/v002_bad.sql': '-- migrate:up\nCREATE TABLE bad (id integer) by mistake;\n',
  })
  await project.run(['migrate'])
  for (const columns of [80, 40]) {
    for (const args of [
      'status',
      'history',
      'history --audit',
      'plan',
      'history --help',
      '--help',
    ]) {
      const { screen } = await onTerminal(project, `${args} --no-color`, { columns })
      // what is to be copied, and a path, are left whole
      const lines = screen
        .split('\r\n')
        .filter((line) => !/^Database|^Current|^See|^ {2}migrate /.test(line))
      const longest = Math.max(...lines.map((line) => line.length))
      assert.ok(longest <= columns, `${args}: ${longest} in ${columns}\n${screen}`)
    }
  }
})
