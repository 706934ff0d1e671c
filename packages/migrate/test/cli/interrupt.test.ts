import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databases, testDatabase } from '../../../../test/support/databases.ts'
import { createProject, type Project } from './support.ts'

/** A migration that says so on stdout and then takes its time. */
const SLOW = `import { setTimeout } from 'node:timers/promises'
export default {
  description: 'Slow',
  async up({ db }) {
    await db.schema.createTable('slow').addColumn('id', 'integer').execute()
    console.log('in the step')
    await setTimeout(60_000)
  },
  async down() {},
}
`

const slow = (t: Parameters<typeof createProject>[0]): Promise<Project> =>
  createProject(t, { 'migrations/v1.mjs': SLOW })

test('a signal inside a step of SQLite ends the process, and nothing of the step is left', async (t) => {
  const project = await slow(t)
  const run = project.start(['migrate'])
  await run.printed('in the step')
  const { signal } = await run.kill('SIGINT')
  assert.equal(signal, 'SIGINT')
  assert.deepEqual(project.sql("SELECT name FROM sqlite_schema WHERE name = 'slow'"), [])
  const { answer } = await project.json('status')
  assert.deepEqual(answer.findings, [])
  assert.deepEqual(answer.pending, ['v1'])
})

test('who waits for the lock says who holds it; a signal ends the wait with 130', async (t) => {
  const project = await slow(t)
  const holder = project.start(['migrate'])
  await holder.printed('in the step')
  const waiting = project.start(['migrate'])
  await new Promise<void>((resolve) => {
    let seen = ''
    waiting.child.stderr?.on('data', (text: string) => {
      seen += text
      if (seen.includes('\n')) resolve()
    })
  })
  const { code, stderr } = await waiting.kill('SIGTERM')
  assert.equal(code, 130)
  assert.match(
    stderr,
    new RegExp(
      `^… waiting for the lock, held by process ${holder.child.pid} on .*, which runs migrate since `,
    ),
  )
  assert.match(stderr, /Stopping …\nerror INTERRUPTED: /)

  const late = await project.failure('migrate', '--wait', '0.1')
  assert.equal(late.code, 4)
  assert.equal(late.error.code, 'LOCK_TIMEOUT')
  const unlock = await project.run(['unlock'])
  assert.equal(unlock.code, 3)
  assert.match(unlock.stderr, new RegExp(`error LOCK_HELD: .*process ${holder.child.pid}`))
  const forced = await project.run(['unlock', '--force'])
  assert.equal(forced.code, 3, 'force cannot help, so nothing is asked')
  assert.match(forced.stderr, new RegExp(`error LOCK_HELD: .*\n.*kill ${holder.child.pid}\\b`))
  await holder.kill()
})

/** Waits in the database, where a signal can end it. */
const SLEEPS = `export default {
  description: 'Sleeps',
  async up({ db }) {
    await db.schema.createTable('slow').addColumn('id', 'integer').execute()
    console.log('in the step')
    await db.selectNoFrom((eb) => eb.fn('pg_sleep', [eb.val(60)]).as('slept')).execute()
  },
  async down() {},
}
`

for (const kind of databases.filter(({ dialect }) => dialect === 'postgres')) {
  test(`a signal inside a step of ${kind.name} rolls it back, says so and exits with 130`, {
    skip: kind.skip,
  }, async (t) => {
    const DATABASE_URL = await testDatabase(t, kind)
    const project = await createProject(t, { 'migrations/v1.mjs': SLEEPS })
    await project.write('migrate.config.mjs', "export default { migrations: './migrations' }")
    const run = project.start(['migrate', '--no-backup'], { DATABASE_URL })
    await run.printed('in the step')
    const { code, stderr } = await run.kill('SIGINT')
    assert.equal(code, 130)
    assert.match(stderr, /Stopping …\n✗ v1 .*\nerror INTERRUPTED: .*v1.*rolled back/)
    const { stdout } = await project.run(['status', '--json'], { DATABASE_URL })
    assert.equal(JSON.parse(stdout).versions[0].status, 'pending')
    for (const args of [['unlock'], ['unlock', '--force']]) {
      const unlocked = await project.run(args, { DATABASE_URL })
      assert.equal(unlocked.stdout, 'Nobody holds the lock.\n')
    }
  })

  test(`a lock of ${kind.name} is broken only after its holder was named`, {
    skip: kind.skip,
  }, async (t) => {
    const DATABASE_URL = await testDatabase(t, kind)
    const project = await createProject(t, { 'migrations/v1.mjs': SLEEPS })
    await project.write('migrate.config.mjs', "export default { migrations: './migrations' }")
    const run = project.start(['migrate', '--no-backup'], { DATABASE_URL })
    await run.printed('in the step')
    const unasked = await project.run(['unlock', '--force'], { DATABASE_URL })
    assert.equal(unasked.code, 2)
    assert.match(
      unasked.stderr,
      new RegExp(`error CONFIRMATION_NEEDED: .*process ${run.child.pid} on .*Break it.*\\n.*--yes`),
    )
    const forced = await project.run(['unlock', '--force', '--yes'], { DATABASE_URL })
    assert.match(forced.stdout, /The lock was broken/)
    assert.equal((await run.done).code, 1)
  })
}
