import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProjectHere } from './in-process.ts'
import { MIGRATIONS, type Project } from './support.ts'

/** As a step without a transaction leaves its row when it fails. */
const FAILED_HALFWAY = `UPDATE schema_migrations SET status = 'failed',
  metadata_json = json_set(metadata_json, '$.partial', json('true')) WHERE version = 'v003_toys'`

const REASON = ['--reason', 'a test']

async function migrated(project: Project): Promise<Project> {
  await project.run(['snapshot'])
  await project.run(['migrate'])
  return project
}

test('repair without a version lists what is wrong, each with its command', async (t) => {
  const project = await migrated(await createProjectHere(t))
  const sound = await project.run(['repair'])
  assert.equal(sound.code, 0)
  assert.match(sound.stdout, /^Nothing to repair/)

  await project.write(
    'migrations/v003_toys.sql',
    '-- migrate:up\nCREATE TABLE toys (id INTEGER);\n',
  )
  const { code, stdout } = await project.run(['repair'])
  assert.equal(code, 3)
  assert.match(stdout, /error CHECKSUM_MISMATCH: v003_toys changed/)
  assert.match(stdout, /→ .*`migrate repair --version v003_toys --accept-checksum --reason "…"`/)
  const { answer } = await project.json('repair')
  assert.ok('findings' in answer)
  assert.match(answer.findings[0]?.fix ?? '', /`migrate repair /)
})

test('repair puts one row right, with its reason in the log', async (t) => {
  const project = await migrated(await createProjectHere(t))
  await project.write(
    'migrations/v003_toys.sql',
    '-- migrate:up\nCREATE TABLE toys (id INTEGER);\n',
  )
  const args = ['--version', 'v003_toys', '--accept-checksum', '--reason', 'typed only']
  const { answer } = await project.json('repair', ...args)
  assert.ok('before' in answer && answer.before.checksum !== answer.after.checksum)
  const log = await project.run(['history', '--audit'])
  assert.match(log.stdout, /repaired +v003_toys .*\n +typed only/)

  project.sql("UPDATE schema_migrations SET status = 'running' WHERE version = 'v003_toys'")
  const refused = await project.run(['migrate'])
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /error JOURNAL_DIRTY.*\n.*`migrate rollback --version v003_toys`/)
  const set = await project.run(['repair', '--version', 'v003_toys', '--set', 'applied', ...REASON])
  assert.equal(set.stdout, 'v003_toys was running, it is applied now.\n')
})

test('repair of a version alone shows what is known and the ways out, and asks nothing without a terminal', async (t) => {
  const project = await migrated(await createProjectHere(t))
  const version = ['--version', 'v003_toys']
  const sound = await project.run(['repair', ...version])
  assert.deepEqual(
    [sound.code, sound.stdout],
    [0, 'Nothing to repair: v003_toys is applied, as its file is now.\n'],
  )
  const text = MIGRATIONS['migrations/v003_toys.sql']
  await project.write('migrations/v003_toys.sql', text.replace(' PRIMARY KEY', '\t\x1b[31m'))
  const changed = await project.run(['repair', ...version])
  assert.equal(changed.code, 3)
  assert.match(
    changed.stdout,
    /^v003_toys changed .*\n\n {2}state +applied, since .*\n {2}by +\S+.*, in run \w{8}\n/,
  )
  assert.match(
    changed.stdout,
    /\n {2}-CREATE TABLE toys .*\n {2}\+CREATE TABLE toys \(id INTEGER\t\);/,
  )
  assert.match(
    changed.stdout,
    /\n1\. Put the file back.*\n2\. .*\n {2}→ `migrate repair --version v003_toys --accept-checksum/,
  )
  const { code, answer } = await project.json('repair', ...version)
  assert.equal(code, 3)
  assert.ok('waysOut' in answer && answer.problem === 'changed')
  assert.match(answer.waysOut[1]?.fix ?? '', /^`migrate repair /)

  await project.write('migrations/v003_toys.sql', text)
  project.sql(FAILED_HALFWAY)
  const failed = await project.run(['repair', ...version])
  assert.match(failed.stdout, /by +nobody that the log knows.*\n {2}left +table toys\n\nWays out:/)
  assert.match(failed.stdout, /1\. .*\n.*`migrate migrate`\n2\. .*\n.*`migrate rollback --version/)
})

test('repair needs a version, one action and a reason', async (t) => {
  const project = await migrated(await createProjectHere(t))
  const version = ['--version', 'v003_toys']
  for (const [args, code, message] of [
    [['--forget', ...REASON], 'OPTION_MISSING', /--version/],
    [[...version, ...REASON], 'OPTION_MISSING', /--set, --accept-checksum or --forget/],
    [[...version, '--forget'], 'OPTION_MISSING', /--reason/],
    [[...version, '--forget', '--accept-checksum', ...REASON], 'USAGE', /exclude each other/],
    [[...version, '--set', 'gone', ...REASON], 'USAGE', /applied, rolled_back/],
  ] as const) {
    const failure = await project.failure('repair', ...args)
    assert.equal(failure.code, 2)
    assert.equal(failure.error.code, code)
    assert.match(failure.error.message, message)
  }
})

test('a failed version is rolled back by removing what it left', async (t) => {
  const project = await migrated(await createProjectHere(t))
  project.sql(FAILED_HALFWAY)
  const listed = await project.run(['repair'])
  assert.equal(listed.code, 3)
  assert.match(listed.stdout, /VERSION_FAILED: v003_toys failed: .*\n {2}→ .*`migrate migrate`/)
  const args = ['rollback', '--version', 'v003_toys']
  const dry = await project.run([...args, '--dry-run'])
  assert.match(dry.stdout, /left 1 object behind.*table toys.*DROP TABLE.*Nothing was written/s)
  const { answer } = await project.json('rollback', '--version', 'v003_toys')
  assert.ok('removed' in answer)
  assert.ok(answer.removed.includes('table toys'))
})

/** A database as another tool left it: its rows, but no log. */
async function foreign(project: Project): Promise<Project> {
  await migrated(project)
  project.sql('DROP TABLE schema_migration_log')
  project.sql('DROP TABLE schema_migration_archive')
  return project
}

test('a foreign journal is refused with the command that takes it over, and adopt does', async (t) => {
  const project = await foreign(await createProjectHere(t))
  const refused = await project.run(['migrate'])
  assert.equal(refused.code, 3)
  assert.match(
    refused.stderr,
    /error JOURNAL_FOREIGN.*\n {2}→ Run `migrate adopt` to take it over\./,
  )
  const dry = await project.run(['adopt', '--dry-run'])
  assert.match(dry.stdout, /✓ equal {2}v001_people.*Would adopt 3 versions\. Nothing was written/s)
  const { code, answer } = await project.json('adopt')
  assert.equal(code, 0)
  assert.equal(answer.outcome, 'done')
  assert.equal((await project.failure('adopt')).error.code, 'JOURNAL_EXISTS')
})

test('adopt lists differences and exits with 3; --accept-drift needs --yes without a terminal', async (t) => {
  const project = await foreign(await createProjectHere(t))
  project.sql('ALTER TABLE people ADD COLUMN age INTEGER')
  const { code, stdout } = await project.run(['adopt'])
  assert.equal(code, 3)
  assert.match(
    stdout,
    /✗ differs {2}v001_people.*1 difference.*people\.age.*`migrate adopt --accept-drift`/s,
  )
  const unasked = await project.run(['adopt', '--accept-drift'])
  assert.equal(unasked.code, 2)
  assert.match(
    unasked.stderr,
    /1 difference from .*\n.*people\.age.*\n\nerror CONFIRMATION_NEEDED.*\n.*--yes/,
  )
  assert.equal((await project.run(['adopt', '--accept-drift', '--yes'])).code, 0)
})

test('baseline starts a journal at a version, or at none', async (t) => {
  const project = await migrated(await createProjectHere(t))
  project.sql('DROP TABLE schema_migration_log')
  project.sql('DROP TABLE schema_migration_archive')
  project.sql('DROP TABLE schema_migrations')
  const refused = await project.failure('migrate')
  assert.equal(refused.error.code, 'DATABASE_NOT_EMPTY')
  assert.match(refused.error.hint, /`migrate baseline --version V`/)
  const none = await project.json('baseline', '--version', 'none', '--dry-run')
  assert.equal(none.answer.outcome, 'planned')
  assert.deepEqual(none.answer.versions, [])
  const dry = await project.run(['baseline', '--version', 'v003_toys', '--dry-run'])
  assert.equal(dry.code, 3, 'the table of v002 is there, and v003 does not need it')
  const typed = /or take it as it is: `migrate (baseline --version v003_toys --accept-drift)`/
  const [, hinted = ''] = typed.exec(dry.stdout) ?? []
  const pasted = await project.run(hinted.split(' '))
  assert.match(pasted.stderr, /is there.*error CONFIRMATION_NEEDED/s)
  await project.run(['baseline', '--version', 'v002_pets', '--accept-drift', '--yes'])
  const { answer } = await project.json('status')
  assert.deepEqual(answer.pending, ['v003_toys'])
})

test('--accept-drift asks nothing where nothing differs', async (t) => {
  const project = await foreign(await createProjectHere(t))
  const { code, stdout } = await project.run(['adopt', '--accept-drift'])
  assert.equal(code, 0)
  assert.match(stdout, /Adopted 3 versions/)
})

test('rollback --force shows what it would remove before it asks', async (t) => {
  const project = await migrated(await createProjectHere(t))
  project.sql(FAILED_HALFWAY)
  project.sql('ALTER TABLE toys ADD COLUMN mine TEXT')
  const { code, stderr } = await project.run(['rollback', '--version', 'v003_toys', '--force'])
  assert.equal(code, 2)
  assert.match(stderr, /table toys.*DROP TABLE "?toys"?;\n\nerror CONFIRMATION_NEEDED/s)
})

test('what failed stands below its version, in status and in history', async (t) => {
  const project = await createProjectHere(t, {
    ...MIGRATIONS,
    'migrations/v004_bad.sql': '-- migrate:up\nCREATE TABLE bad (id integer) by mistake;\n',
  })
  await project.run(['migrate'])
  for (const [command, mark] of [
    ['status', '✗ failed {3}v004_bad +Bad'],
    ['history', '✗ failed {3}v004_bad +Bad'],
  ] as const) {
    const { stdout } = await project.run([command])
    assert.match(
      stdout,
      new RegExp(`${mark}\\n {6}SQLite refused a statement: near "mistake": syntax`),
    )
    assert.ok(Math.max(...stdout.split('\n').map((line) => line.length)) < 100, stdout)
  }
})

test('what mends several findings is said once', async (t) => {
  const project = await migrated(await createProjectHere(t))
  project.sql('ALTER TABLE people ADD COLUMN age INTEGER')
  project.sql('ALTER TABLE pets ADD COLUMN age INTEGER')
  const { stdout } = await project.run(['validate'])
  assert.match(
    stdout,
    /SCHEMA_DIFFERS: .*\n\nerror SCHEMA_DIFFERS: .*\n {2}→ .+\n\n\d+ checks passed/,
  )
})
