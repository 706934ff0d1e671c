import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runNode } from '../../../../test/support/process.ts'
import { BIN, createProject } from './support.ts'

const migration = (up: string): Record<string, string> => ({
  'migrations/v1.mjs': `export async function up(db) {
  await db.schema.createTable('made').addColumn('id', 'integer').execute()
  ${up}
}
export const down = async () => {}
`,
})

const WAIT = 'await new Promise((resolve) => setTimeout(resolve, 10_000))'

describe('what a migration does past the command ends it with one line and 1, nothing applied:', () => {
  for (const [what, up, says] of [
    ['process.exit(0)', 'process.exit(0)', /^error INTERNAL: .*process\.exit\(0\)\.$/m],
    [
      'a rejection that nobody catches',
      `Promise.reject(new Error('boom')); ${WAIT}`,
      /^error INTERNAL: .*: boom$/m,
    ],
    [
      'an exception in a timer',
      `setTimeout(() => { throw new Error('boom') }); ${WAIT}`,
      /^error INTERNAL: .*: boom$/m,
    ],
  ] as const) {
    test(what, async (t) => {
      const project = await createProject(t, migration(up))
      const { code, stdout, stderr } = await project.run(['migrate'])
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, says)
      assert.match(stderr, / {2}→ .+\n$/)
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack')
      assert.match((await project.run(['migrate', '--verbose'])).stderr, /^ +at .+:\d+:\d+/m)
      assert.deepEqual(project.sql("SELECT name FROM sqlite_schema WHERE name = 'made'"), [])
      const failure = await project.failure('migrate')
      assert.equal(failure.error.code, 'INTERNAL')
    })
  }
})

test('an exception after the answer is told as well, and the answer stays the only document', async (t) => {
  const project = await createProject(
    t,
    migration("setTimeout(() => { throw new Error('late') }, 1000)"),
  )
  const { code, stdout, stderr } = await project.run(['migrate', '--json'])
  assert.equal(code, 1)
  assert.equal(JSON.parse(stdout).outcome, 'done')
  assert.match(stderr, /error INTERNAL: .*late/)
})

test('a configuration that waits for what never comes is no success', async (t) => {
  const project = await createProject(t)
  await project.write('migrate.config.mjs', 'await new Promise(() => {})\n')
  const { code, stderr } = await project.run(['status'])
  assert.equal(code, 1)
  assert.match(stderr, /^error INTERNAL: .*never settles.*\n {2}→ .*\n$/)
})

test('a full disk on standard output is one line and 1, and what was done stands', {
  skip: !existsSync('/dev/full') && 'no /dev/full here',
}, async (t) => {
  const project = await createProject(t)
  for (const args of ['migrate', 'status', '--help']) {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `'${process.execPath}' '${BIN}' ${args} --quiet > /dev/full`],
      { cwd: project.folder, encoding: 'utf8' },
    )
    assert.equal(status, 1)
    assert.match(stderr, /^error DISK_FULL: .*ENOSPC.*\n {2}→ .*\n$/)
  }
  assert.deepEqual((await project.json('status')).answer.pending, [])
})

test('a working folder that was deleted is one line and 1', {
  skip: process.platform === 'win32' && 'a folder in use stays',
}, async (t) => {
  const { folder } = await createProject(t)
  const gone = join(folder, 'gone')
  const script = `mkdir '${gone}' && cd '${gone}' && rmdir '${gone}' && '${process.execPath}' '${BIN}' status`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^error INTERNAL: The working folder is not there any more\.\n {2}→ .*\n$/)
})

test('other warnings of Node’s are still shown', async (t) => {
  const project = await createProject(t)
  const config = "process.emitWarning('careful'); export default { migrations: './migrations' }"
  await project.write('migrate.config.mjs', config)
  const { stderr } = await runNode([BIN, 'status'], { cwd: project.folder })
  assert.match(stderr, /Warning: careful/)
})
