import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createProjectHere } from './in-process.ts'
import { createProject } from './support.ts'

test('status on a missing database says so, names the next command, and creates none', async (t) => {
  const project = await createProject(t)
  const { code, stdout, stderr } = await project.run(['status'])
  assert.equal(code, 0)
  assert.match(stdout, /app\.db \(sqlite\), which does not exist yet/)
  assert.match(stdout, /· pending {2}v001_people +The people/)
  assert.match(stdout, /Next: migrate migrate\n$/)
  assert.equal(stderr, '')
  assert.deepEqual(await readdir(project.folder), ['migrate.config.mjs', 'migrations'])
})

test('status --exit-code is 3 while something is pending, and 0 afterwards', async (t) => {
  const project = await createProject(t)
  assert.equal((await project.run(['status', '--exit-code'])).code, 3)
  await project.run(['migrate'])
  const { code, answer } = await project.json('status', '--exit-code')
  assert.equal(code, 0)
  assert.equal(answer.current, 'v003_toys')
  assert.deepEqual(answer.pending, [])
})

test('migrate shows each step on stderr and answers on stdout', async (t) => {
  const project = await createProject(t)
  const { code, stdout, stderr } = await project.run(['migrate'])
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^Applied 3 migrations in \d+ ms\.\nChecked: schema, constraints, tracking\.\n$/,
  )
  assert.match(
    stderr,
    /^✓ v001_people {2}The people {2}\d+ ms\n✓ v002_pets {4}Their pets {2}\d+ ms\n✓ v003_toys {4}Toys/,
  )
  const again = await project.run(['migrate'])
  assert.equal(again.stdout, 'Nothing to do: every migration is applied.\n')
  assert.equal(again.stderr, '')
})

test('migrate --version runs what the version needs and says what it left out', async (t) => {
  const project = await createProjectHere(t)
  const { stdout } = await project.run(['migrate', '--version', 'v003_toys'])
  assert.match(stdout, /Applied 2 migrations.*\nLeft out, and still pending: v002_pets\./)
})

test('plan and --dry-run show the steps with their reasons and write nothing', async (t) => {
  const project = await createProjectHere(t)
  for (const args of [['plan'], ['migrate', '--dry-run']]) {
    const { code, stdout } = await project.run([...args, '--version', 'v003_toys'])
    assert.equal(code, 0)
    assert.match(stdout, /^2 migrations would run, in this order:/)
    assert.match(stdout, /v001_people +The people +needed by the version asked for/)
    assert.match(stdout, /Left out, and still pending: v002_pets\.\n\nNothing was written\.\n$/)
  }
  assert.equal(existsSync(project.database), false)
  const { answer } = await project.json('plan')
  assert.equal(answer.outcome, 'planned')
  assert.equal(answer.plan.steps.length, 3)
})

test('migrate takes a backup where it is told to, and none with --no-backup', async (t) => {
  const project = await createProjectHere(t)
  await project.run(['migrate', '--version', 'v001_people'])
  const { answer } = await project.json(
    'migrate',
    '--version',
    'v002_pets',
    '--backup-dir',
    'elsewhere',
  )
  assert.ok('backup' in answer && answer.backup)
  assert.ok(answer.backup.includes(join('elsewhere', 'daily')), answer.backup)
  assert.ok(existsSync(answer.backup))
  const without = await project.run(['migrate', '--no-backup'])
  assert.match(without.stderr, /! no backup: --no-backup/)
  const { answer: log } = await project.json('history', '--audit')
  assert.ok('entries' in log && log.entries.some(({ event }) => event === 'backup_skipped'))
})

test('history shows the versions, --audit who did what, --limit the newest', async (t) => {
  const project = await createProjectHere(t)
  assert.equal((await project.run(['history'])).stdout, 'Nothing has run yet.\n')
  await project.run(['migrate'])
  const { stdout } = await project.run(['history', '--limit', '2'])
  assert.equal(stdout.trim().split('\n').length, 2)
  const audit = await project.run(['history', '--audit', '--limit', '1'])
  assert.match(audit.stdout, /applied +v003_toys +\S+@\S+ +[0-9a-f]{8}\n/)
  const { answer } = await project.json('history')
  assert.ok('rows' in answer && answer.rows.length === 3)
})

test('rollback takes a version back without asking, dependents only when told to', async (t) => {
  const project = await createProjectHere(t)
  await project.run(['migrate'])
  const refused = await project.run(['rollback', '--version', 'v001_people'])
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /error HAS_DEPENDENTS: .*v002_pets/)
  assert.match(refused.stderr, /--with-dependents/)
  const args = ['rollback', '--version', 'v001_people', '--with-dependents']
  const dry = await project.run([...args, '--dry-run'])
  assert.match(dry.stdout, /3 migrations would be rolled back.*Nothing was written/s)
  const { code, stdout, stderr } = await project.run(args)
  assert.equal(code, 0)
  assert.match(stdout, /^Rolled back 3 migrations in .*\nBackup: .*backups.daily.backup_/)
  assert.match(stderr, /✓ rolled back v001_people/)
})

test('snapshot writes the file, --check holds it, and validate compares with it', async (t) => {
  const project = await createProjectHere(t)
  const stale = await project.run(['snapshot', '--check'])
  assert.equal(stale.code, 3)
  assert.match(stale.stderr, /error SNAPSHOT_MISSING.*\n.*`migrate snapshot`/)
  const { answer } = await project.json('snapshot')
  assert.equal(answer.versions, 3)
  assert.equal((await project.run(['snapshot', '--check'])).code, 0)

  await project.run(['migrate'])
  assert.equal((await project.run(['validate'])).code, 0)
  project.sql('ALTER TABLE people ADD COLUMN age INTEGER')
  const drifted = await project.run(['validate', '--category', 'schema'])
  assert.equal(drifted.code, 3)
  assert.match(drifted.stdout, /error SCHEMA_DIFFERS: .*people\.age/)
  const tracking = await project.json('validate', '--category', 'tracking')
  assert.ok('categories' in tracking.answer)
  assert.deepEqual(tracking.answer.categories, ['tracking'])
  assert.equal(tracking.code, 0)
})

test('checksums makes a source and what is built from it one version', async (t) => {
  const project = await createProjectHere(t, {
    'migrations/v1.ts':
      'export const up = async (): Promise<void> => {}\nexport const down = async (): Promise<void> => {}\n',
    'dist/migrations/v1.js':
      'export const up = async () => {}\nexport const down = async () => {}\n',
  })
  await project.run(['migrate'])
  const built = ['status', '--exit-code', '--migrations', 'dist/migrations']
  assert.match((await project.run(built)).stdout, /CHECKSUM_MISMATCH/)
  for (const _ of ['the first build', 'the next one']) {
    const { answer } = await project.json(
      'checksums',
      '--from',
      'migrations',
      '--to',
      'dist/migrations',
    )
    assert.equal(answer.versions, 1)
    assert.equal((await project.run(built)).code, 0)
    await project.write(
      'dist/migrations/v1.js',
      'export const up = async () => {}\nexport const down = up\n',
    )
  }
})

test('unlock says that nobody holds the lock', async (t) => {
  const project = await createProjectHere(t)
  assert.equal((await project.run(['unlock'])).stdout, 'Nobody holds the lock.\n')
  assert.equal((await project.json('unlock')).answer.outcome, 'nothing')
})

test('a folder without migrations is named, not called applied', async (t) => {
  const project = await createProjectHere(t, { 'migrations/README.md': 'Nothing here yet.\n' })
  for (const command of ['status', 'plan', 'migrate']) {
    const { code, stdout } = await project.run([command])
    assert.equal(code, 0)
    assert.ok(stdout.includes(`There are no migrations in ${join(project.folder, 'migrations')}.`))
    assert.doesNotMatch(stdout, /is applied|Nothing is pending/)
  }
})
