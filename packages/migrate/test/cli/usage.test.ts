import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VERSION } from '../../src/version.ts'
import { createProjectHere } from './in-process.ts'
import { createProject } from './support.ts'

const refused: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['no command', [], 'USAGE', /No command/],
  ['an unknown command, with the nearest', ['stauts'], 'USAGE', /Is status meant\?/],
  ['an unknown flag, with the nearest', ['migrate', '--dryrun'], 'USAGE', /Is --dry-run meant\?/],
  ['a flag of another command', ['status', '--wait', '3'], 'USAGE', /--wait/],
  ['a stray argument', ['migrate', 'v001_people'], 'USAGE', /v001_people/],
  ['a missing value', ['migrate', '--version'], 'USAGE', /--version <V>/],
  ['an empty value', ['migrate', '--version', ''], 'USAGE', /It must not be empty\./],
  ['a missing option', ['rollback'], 'OPTION_MISSING', /rollback needs --version <V>/],
  [
    'a wait that is no number',
    ['migrate', '--wait', 'long'],
    'USAGE',
    /It must be a number of seconds/,
  ],
  [
    'a limit that is not whole',
    ['history', '--limit', '1.5'],
    'USAGE',
    /It must be a whole number/,
  ],
  ['a limit below one', ['history', '--limit', '-3'], 'USAGE', /It must be a whole number/],
  [
    'an unknown category',
    ['validate', '--category', 'all,schema'],
    'USAGE',
    /schema, indexes, .*, all/,
  ],
  ['quiet and verbose', ['status', '--quiet', '--verbose'], 'USAGE', /exclude/],
  ['a yes where nothing is asked', ['migrate', '--yes'], 'USAGE', /--yes/],
]

describe('the command line refuses, with exit 2 and nothing on stdout,', () => {
  for (const [what, args, code, message] of refused) {
    test(what, async (t) => {
      const project = await createProjectHere(t)
      const { code: exit, stdout, stderr } = await project.run(args)
      assert.equal(exit, 2)
      assert.equal(stdout, '')
      assert.match(stderr, new RegExp(`^error ${code}: .*\\n {2}→ .+\\n$`))
      assert.match(stderr, message)
    })
  }
})

test('a password in --database is refused, and never repeated', async (t) => {
  const project = await createProjectHere(t)
  for (const url of [
    'postgresql://ada:s3cret@localhost/db',
    'postgresql://localhost/db?user=ada&password=s3cret',
    'postgres://ada:s3cret/@host/db',
    'postgresql://ada:s3cret@host:notaport/db',
  ]) {
    for (const args of [
      ['status', '--database', url],
      ['--database', url, 'status'],
      ['status', `--database=${url}`],
    ]) {
      const { code, stdout, stderr } = await project.run([...args, '--verbose'])
      assert.equal(code, 2)
      assert.match(stderr, /error USAGE: .*password.*\n.*DATABASE_URL/)
      assert.doesNotMatch(stdout + stderr, /s3cret/)
    }
  }
  for (const args of [
    ['postgresql://ada:s3cret@localhost/db'],
    ['status', 'postgresql://ada:s3cret@localhost/db'],
    ['status', '--databse=postgresql://ada:s3cret@localhost/db'],
  ]) {
    const { code, stdout, stderr } = await project.run([...args, '--json'])
    assert.equal(code, 2)
    assert.doesNotMatch(stdout + stderr, /s3cret/)
  }
})

test('options before the command count as its own', async (t) => {
  const project = await createProjectHere(t)
  const { code, stdout } = await project.run([
    '--database',
    'sqlite:///other.db',
    '--json',
    'status',
  ])
  assert.equal(code, 0)
  assert.match(JSON.parse(stdout).database, /other\.db$/)
})

test('--version and --help answer on stdout with exit 0, for one command and for all', async (t) => {
  const project = await createProject(t)
  const version = await project.run(['--version'])
  assert.deepEqual(version, { code: 0, signal: null, stdout: `${VERSION}\n`, stderr: '' })
  const all = await project.run(['--help'])
  assert.equal(all.code, 0)
  assert.match(
    all.stdout,
    /Usage: migrate <command>.*rollback +Take one version back.*130 +interrupted/s,
  )
  assert.equal((await project.run(['help'])).stdout, all.stdout)
  const one = await project.run(['rollback', '--help'])
  assert.equal(one.code, 0)
  assert.match(one.stdout, /--with-dependents.*Global options:.*--database <URL>.*Examples:/s)
  assert.equal((await project.run(['help', 'rollback'])).stdout, one.stdout)
})

test('an error of usage is one JSON document as well', async (t) => {
  const project = await createProjectHere(t)
  assert.deepEqual(await project.failure('rollback'), {
    code: 2,
    ok: false,
    command: 'rollback',
    error: {
      code: 'OPTION_MISSING',
      message: 'rollback needs --version <V>: the version to take back.',
      hint: 'See migrate rollback --help.',
    },
  })
  assert.equal((await project.failure('stauts')).command, null)
})
